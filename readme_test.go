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
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The code in README.md and in the package documentation is compiled and run: as an
// example, of which it is a copy. Who changes one has to change the other.

// programs are the examples that the docs show as a program.
var programs = map[string]struct{ file, function string }{
	"README.md": {"example_readme_test.go", "Example_readme"},
	"doc.go":    {"example_test.go", "Example"},
}

// tables are the indented blocks of doc.go that are no code, by their first line.
var tables = []string{
	"you have                                    use",
	"                 it is done when                 a failed input            to cancel it cancels",
	"none: use Go                    what takes a context: network, timers, channels",
	"asyncio                           future",
}

func TestTheProgramsInTheDocsAreExamples(t *testing.T) {
	for source, blocks := range codeInTheDocs(t) {
		found := 0
		for _, block := range blocks {
			if !strings.HasPrefix(block, "package ") {
				continue
			}
			found++
			example := programs[source]
			if diff := cmp.Diff(programOf(t, example.file, example.function), block); diff != "" {
				t.Errorf("the program in %s is not %s of %s (-example +%[1]s):\n%s", source, example.function, example.file, diff)
			}
		}
		if found != 1 {
			t.Errorf("%s has %d programs, want 1", source, found)
		}
	}
}

func TestTheSnippetsInTheDocsAreExamples(t *testing.T) {
	examples := unindented(exampleSources(t))
	for source, blocks := range codeInTheDocs(t) {
		for _, block := range blocks {
			first, _, _ := strings.Cut(block, "\n")
			if strings.HasPrefix(block, "package ") || slices.Contains(tables, first) {
				continue
			}
			if !strings.Contains(examples, "\n"+unindented(block)+"\n") {
				t.Errorf("%s: this is in no example:\n%s", source, block)
			}
		}
	}
}

func TestEveryTableIsInTheDocs(t *testing.T) {
	blocks := codeInTheDocs(t)["doc.go"]
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
	var code, tests []*ast.File
	set := token.NewFileSet()
	for _, name := range goFiles(t) {
		// Files for a later version of Go may have syntax that this one cannot parse.
		if match, err := build.Default.MatchFile(".", name); !match || err != nil {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			tests = append(tests, file)
		} else {
			code = append(code, file)
		}
	}

	examples := map[string]bool{}
	for _, e := range doc.Examples(tests...) {
		if e.Doc == "" && e.Name != "" && !strings.HasPrefix(e.Name, "_") {
			t.Errorf("Example%s does not begin with a comment", e.Name)
		}
		if e.Output == "" && !e.EmptyOutput {
			t.Errorf("Example%s has no output to check", e.Name)
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
				t.Errorf("there is no Example%s", name)
			}
		}
	}
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

func goFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source files", err)
	}
	return files
}

// codeInTheDocs returns the blocks of Go code, those of doc.go with its tables.
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

	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var godoc []string
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		if code, ok := block.(*comment.Code); ok {
			godoc = append(godoc, strings.TrimSuffix(code.Text, "\n"))
		}
	}
	return map[string][]string{"README.md": readme, "doc.go": godoc}
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

func exampleSources(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, file := range goFiles(t) {
		if strings.HasPrefix(file, "example") {
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
