package future_test

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The code in README.md and in doc comments is compiled and run: as an example, of
// which it is a copy. Whoever changes one has to change the other.

// packages are those whose docs and examples are checked, by directory.
var packages = []string{".", "process"}

// programs are the examples that the docs show as a program.
var programs = map[string]struct{ file, function string }{
	"README.md": {"example_readme_test.go", "Example_readme"},
	"doc.go":    {"example_test.go", "Example"},
}

// tables are the indented blocks of the docs that are no code, by their first line.
var tables = []string{
	"you have                                    use",
	"                 it is done when                 a failed input            to cancel it cancels",
	"none: use Go                    what takes a context: network, timers, channels",
	asyncioTable,
	"ants:                 ExecutorFunc(pool.Submit)", // examples/adapters has them
}

const asyncioTable = "asyncio                           future"

func TestTheProgramsInTheDocsAreExamples(t *testing.T) {
	for source, blocks := range codeInTheDocs(t) {
		found := 0
		for _, block := range blocks {
			if !strings.HasPrefix(block, "package ") {
				continue
			}
			found++
			example, ok := programs[source]
			if !ok {
				t.Errorf("%s has a program, want none", source)
				continue
			}
			if diff := cmp.Diff(programOf(t, example.file, example.function), block); diff != "" {
				t.Errorf("the program in %s is not %s of %s (-example +%[1]s):\n%s", source, example.function, example.file, diff)
			}
		}
		if _, ok := programs[source]; ok && found != 1 {
			t.Errorf("%s has %d programs, want 1", source, found)
		}
	}
}

func TestTheSnippetsInTheDocsAreExamples(t *testing.T) {
	examples := map[string]string{}
	for _, dir := range packages {
		examples[dir] = unindented(exampleSources(t, dir))
	}
	for source, blocks := range codeInTheDocs(t) {
		for _, block := range blocks {
			first, _, _ := strings.Cut(block, "\n")
			if strings.HasPrefix(block, "package ") || slices.Contains(tables, first) {
				continue
			}
			declarations, body, _ := strings.Cut(block, "func main() {\n") // whose name an example cannot have
			for _, part := range []string{declarations, strings.TrimSuffix(body, "}")} {
				if !strings.Contains(examples[filepath.Dir(source)], "\n"+unindented(strings.Trim(part, "\n"))+"\n") {
					t.Errorf("%s: this is in no example:\n%s", source, block)
				}
			}
		}
	}
}

func TestEveryTableIsInTheDocs(t *testing.T) {
	var blocks []string
	for _, of := range codeInTheDocs(t) {
		blocks = append(blocks, of...)
	}
	for _, table := range tables {
		if !slices.ContainsFunc(blocks, func(b string) bool { return strings.HasPrefix(b, table+"\n") }) {
			t.Errorf("no table begins with %q", table)
		}
	}
}

func TestTheReadmeIsShort(t *testing.T) {
	if n := strings.Count(readFileOrFail(t, "README.md"), "\n"); n >= 200 {
		t.Errorf("README.md has %d lines", n)
	}
}

func TestEveryExportedFunctionAndMethodHasAnExample(t *testing.T) {
	for _, dir := range packages {
		code, tests := parsePackage(t, token.NewFileSet(), dir)
		examples := map[string]bool{}
		for _, e := range doc.Examples(tests...) {
			if e.Output == "" && !e.EmptyOutput {
				t.Errorf("%s: Example%s has no output to check", dir, e.Name)
			}
			examples[e.Name] = true
		}
		for _, file := range code {
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || !f.Name.IsExported() {
					continue
				}
				name := f.Name.Name
				if f.Recv != nil {
					receiver := receiverName(f)
					if !ast.IsExported(receiver) {
						continue
					}
					name = receiver + "_" + name
				}
				if !examples[name] {
					t.Errorf("%s: there is no Example%s", dir, name)
				}
			}
		}
	}
}

func TestEveryExampleBeginsWithASentence(t *testing.T) {
	for _, dir := range packages {
		_, tests := parsePackage(t, token.NewFileSet(), dir)
		for _, file := range tests {
			for _, e := range doc.Examples(file) {
				text, name := e.Doc, "Example"+e.Name
				for _, p := range programs {
					// The docs show the file from its package clause on, and what is said before.
					if first := file.Comments[0]; dir == "." && name == p.function && first.Pos() < file.Package {
						text = first.Text()
					}
				}
				sentence, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
				if !regexp.MustCompile(`(?s)^\S+ .+[.:]$`).MatchString(sentence) {
					t.Errorf("%s: %s does not begin with a sentence, but with %q", dir, name, sentence)
				}
			}
		}
	}
}

// parsePackage returns the files of the package in dir. On every system they are those
// for Linux, which has all that there is.
func parsePackage(t *testing.T, set *token.FileSet, dir string) (code, tests []*ast.File) {
	t.Helper()
	system := build.Default
	system.GOOS, system.GOARCH = "linux", "amd64"
	for _, path := range goFiles(t, dir) {
		// Files for a later version of Go may have syntax that this one cannot parse.
		if match, err := system.MatchFile(filepath.Split(path)); !match || err != nil {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			tests = append(tests, file)
		} else {
			code = append(code, file)
		}
	}
	return code, tests
}

// receiverName returns the name of the type of which f is a method.
func receiverName(f *ast.FuncDecl) string {
	expr := f.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source files in", dir, err)
	}
	return files
}

// codeInTheDocs returns the blocks of code, those of doc comments with their tables, by
// file: those of README.md, of the packages, and of what the root exports.
func codeInTheDocs(t *testing.T) map[string][]string {
	t.Helper()
	var readme []string
	_, rest, ok := strings.Cut(readFileOrFail(t, "README.md"), "```go\n")
	for ok {
		var block string
		if block, rest, ok = strings.Cut(rest, "\n```\n"); !ok {
			t.Fatal("README.md: a block does not end")
		}
		readme = append(readme, block)
		_, rest, ok = strings.Cut(rest, "```go\n")
	}

	all := map[string][]string{"README.md": readme}
	for _, dir := range packages {
		path := filepath.Join(dir, "doc.go")
		all[path] = blocksOf(packageDoc(t, path))
	}
	for _, text := range exported(t) {
		all["the doc comments"] = append(all["the doc comments"], blocksOf(new(comment.Parser).Parse(text))...)
	}
	return all
}

// packageDoc returns the documentation of a package, which is in the file at path.
func packageDoc(t *testing.T, path string) *comment.Doc {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return new(comment.Parser).Parse(file.Doc.Text())
}

func blocksOf(d *comment.Doc) (blocks []string) {
	for _, block := range d.Content {
		if code, ok := block.(*comment.Code); ok {
			blocks = append(blocks, strings.TrimSuffix(code.Text, "\n"))
		}
	}
	return blocks
}

// exported returns the doc comments of all functions, methods, types, constants and
// variables that the root exports. A method has its name without the type's.
func exported(t *testing.T) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	code, _ := parsePackage(t, set, ".")
	pkg, err := doc.NewFromFiles(set, code, "example.com/future")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	values := func(groups []*doc.Value) {
		for _, v := range groups {
			docs[strings.Join(v.Names, " ")] = v.Doc
		}
	}
	funcs := func(fs []*doc.Func) {
		for _, f := range fs {
			docs[f.Name] += f.Doc + "\n\n"
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	funcs(pkg.Funcs)
	for _, typ := range pkg.Types {
		docs[typ.Name] = typ.Doc
		values(typ.Consts)
		values(typ.Vars)
		funcs(typ.Funcs)
		funcs(typ.Methods)
	}
	return docs
}

// programOf returns the source of an example as that of a program: from its package
// clause on, and with a function main.
func programOf(t *testing.T, file, function string) string {
	t.Helper()
	set := token.NewFileSet()
	source := readFileOrFail(t, file)
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	from := set.Position(parsed.Package).Offset
	replace := func(id *ast.Ident, name string) {
		at := set.Position(id.Pos()).Offset
		b.WriteString(source[from:at] + name)
		from = at + len(id.Name)
	}
	replace(parsed.Name, "main")
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == function {
			replace(f.Name, "main")
		}
	}
	b.WriteString(source[from:])
	return strings.TrimSuffix(b.String(), "\n")
}

func exampleSources(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, file := range goFiles(t, dir) {
		if strings.HasPrefix(filepath.Base(file), "example") {
			b.WriteString(readFileOrFail(t, file))
		}
	}
	return b.String()
}

func readFileOrFail(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// A checkout on Windows may have other line ends.
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// unindented returns the lines of source without the tabs before them.
func unindented(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		b.WriteString(strings.TrimLeft(line, "\t"))
	}
	return b.String()
}
