package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A mutation is one small way to break a package.
type mutation struct {
	in   string // the file, and the function or method if the text is in one: "core.go core.commit"
	from string // occurs there exactly once
	to   string // takes its place
	says string // what is wrong then
	by   string // the tests that are to notice it, as for -run; if they do not, or it is "", all are tried

	race   bool   // only the race detector may see it
	narrow string // why no test can be relied upon to notice it
}

// place returns the file, relative to the root of the module, and the function.
func (m mutation) place() (file, function string) {
	file, function, _ = strings.Cut(m.in, " ")
	return file, function
}

// dir returns the directory of the package, in the form in which the go command wants it.
func (m mutation) dir() string {
	file, _ := m.place()
	return "./" + path.Dir(file)
}

// id names the mutation where it takes one word.
func (m mutation) id() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", []string{m.in, m.from, m.to})
	return strconv.FormatUint(h.Sum64(), 36)
}

// A span is a part of a text.
type span struct{ begin, end int }

// body returns where in src the statements of the function are, and what it is. Without
// a function it returns the whole file, and nil.
func (m mutation) body(src []byte) (span, *ast.FuncDecl, error) {
	file, function := m.place()
	if function == "" {
		return span{0, len(src)}, nil, nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return span{}, nil, err
	}
	d := find(f, function)
	if d == nil || d.Body == nil {
		return span{}, nil, fmt.Errorf("there is no function %s", function)
	}
	return span{fset.Position(d.Body.Lbrace).Offset + 1, fset.Position(d.Body.Rbrace).Offset}, d, nil
}

// apply returns src with the mutation.
func (m mutation) apply(src []byte) ([]byte, error) {
	in, _, err := m.body(src)
	if err != nil {
		return nil, err
	}
	switch n := bytes.Count(src[in.begin:in.end], []byte(m.from)); {
	case m.from == m.to:
		return nil, fmt.Errorf("%q takes its own place", m.from)
	case n != 1:
		return nil, fmt.Errorf("%q occurs %d times", m.from, n)
	}
	at := in.begin + bytes.Index(src[in.begin:in.end], []byte(m.from))
	return slices.Concat(src[:at], []byte(m.to), src[at+len(m.from):]), nil
}

// alive is the name of the variable in the environment, and in the packages, that holds
// the id of the mutation to try.
const alive = "MUTATION_ALIVE"

func aliveFile(name string) []byte {
	return fmt.Appendf(nil, "package %s\n\nimport \"os\"\n\nvar %s = os.Getenv(%[2]q)\n", name, alive)
}

// mergeInto makes the function in src begin with its mutated statements, for when the
// mutation is alive. They are taken from mutated, the file with this mutation alone. It
// reports whether that can be done: not with text outside of functions, and not with
// labels, which a function cannot have twice. A nil src only asks.
func (m mutation) mergeInto(src, mutated []byte) (merged []byte, ok bool) {
	from, d, err := m.body(mutated)
	if err != nil || d == nil || labels(d) {
		return nil, false
	}
	if src == nil {
		return nil, true
	}
	in, _, err := m.body(src)
	if err != nil {
		return nil, false
	}
	end := ""
	if d.Type.Results == nil {
		end = "\nreturn"
	}
	begin := fmt.Sprintf("\nif %s == %q {", alive, m.id())
	return slices.Concat(src[:in.begin], []byte(begin), mutated[from.begin:from.end], []byte(end+"\n}\n"), src[in.begin:]), true
}

func labels(d *ast.FuncDecl) (has bool) {
	ast.Inspect(d, func(n ast.Node) bool {
		_, is := n.(*ast.LabeledStmt)
		has = has || is
		return true
	})
	return has
}

// find returns the function or the method (Type.method) of this name, nil if there is
// none.
func find(f *ast.File, name string) *ast.FuncDecl {
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && nameOf(d) == name {
			return d
		}
	}
	return nil
}

func nameOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// A source is what the go command says about a package.
type source struct {
	Dir, ImportPath, Name, Export string
	GoFiles                       []string
	TestGoFiles                   []string
	XTestGoFiles                  []string
	Standard                      bool
}

// sources are the packages by their directories, and how to import what they use.
type sources struct {
	byDir  map[string]*source
	fset   *token.FileSet
	types  types.Importer
	parsed map[string]*ast.File
}

// load asks the go command about the packages in these directories below root, and what
// they import.
func load(ctx context.Context, root string, dirs []string) (*sources, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-export", "-json=Dir,ImportPath,Name,Export,GoFiles,TestGoFiles,XTestGoFiles,Standard"}, dirs...)...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	s := &sources{byDir: make(map[string]*source), fset: token.NewFileSet(), parsed: make(map[string]*ast.File)}
	exports := make(map[string]string)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(source)
		if err := d.Decode(p); err == io.EOF { //nolint:errorlint // as Decode says
			break
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
		s.byDir[p.Dir] = p
	}
	s.types = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	return s, nil
}

// file parses a file of the tree, once.
func (s *sources) file(name string) (*ast.File, error) {
	if f := s.parsed[name]; f != nil {
		return f, nil
	}
	f, err := parser.ParseFile(s.fset, name, nil, parser.SkipObjectResolution)
	if err == nil {
		s.parsed[name] = f
	}
	return f, err
}

// compiles type-checks a package in which text stands for the contents of one file.
func (s *sources) compiles(p *source, name string, text []byte) error {
	var files []*ast.File
	found := false
	for _, base := range p.GoFiles {
		var (
			f   *ast.File
			err error
		)
		if full := filepath.Join(p.Dir, base); full == name {
			found = true
			f, err = parser.ParseFile(s.fset, full, text, parser.SkipObjectResolution)
		} else {
			f, err = s.file(full)
		}
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	if !found {
		return fmt.Errorf("%s is no part of the package on this system", filepath.Base(name))
	}
	_, err := (&types.Config{Importer: s.types}).Check(p.ImportPath, s.fset, files, nil)
	return err
}

// hasTest reports whether a test of the package matches expr.
func (s *sources) hasTest(p *source, expr string) (bool, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return false, err
	}
	for _, base := range append(append([]string(nil), p.TestGoFiles...), p.XTestGoFiles...) {
		f, err := s.file(filepath.Join(p.Dir, base))
		if err != nil {
			return false, err
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && strings.HasPrefix(d.Name.Name, "Test") && re.MatchString(d.Name.Name) {
				return true, nil
			}
		}
	}
	return false, nil
}
