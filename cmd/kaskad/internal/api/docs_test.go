package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaskad/bots"
)

// TestTheDocsHaveEveryCall compares docs/api.md with the document that the code makes, both ways.
func TestTheDocsHaveEveryCall(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	told, sections := map[string]bool{}, strings.Split(string(raw), "\n### ")
	for _, section := range sections[1:] {
		shown(t, section)
	}
	for _, heading := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		for _, call := range regexp.MustCompile(`(GET|POST|PUT|PATCH|DELETE) (/v1/[^ ,]+)`).FindAllStringSubmatch(heading[1], -1) {
			told[call[1]+" "+strings.ReplaceAll(call[2], "{REF}", "{ref}")] = true
		}
	}
	for path, methods := range read(t, newDesk(t)).Paths {
		for method := range methods {
			name := strings.ToUpper(method) + " " + path
			if !told[name] {
				t.Errorf("docs/api.md does not have %s", name)
			}
			delete(told, name)
		}
	}
	for name := range told {
		t.Errorf("docs/api.md has %s, which is not there", name)
	}
}

// shown checks that the section of a call, or of several, shows each of them as a command.
func shown(t *testing.T, section string) {
	t.Helper()
	heading, text, _ := strings.Cut(section, "\n")
	var made []string
	for _, command := range strings.Split(text, "curl ")[1:] {
		command, _, _ = strings.Cut(command, "```")
		method := "GET"
		if m := regexp.MustCompile(`-X ([A-Z]+)`).FindStringSubmatch(command); m != nil {
			method = m[1]
		} else if strings.Contains(command, " -d ") {
			method = "POST"
		}
		if m := regexp.MustCompile(`\$B(/v1/[^ ?"]+)`).FindStringSubmatch(command); m != nil {
			made = append(made, method+" "+m[1])
		}
	}
	for _, call := range regexp.MustCompile(`(?:GET|POST|PUT|PATCH|DELETE) /v1/[^ ,]+`).FindAllString(heading, -1) {
		form := regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(call), `[^/]+`) + "$")
		if !slices.ContainsFunc(made, form.MatchString) {
			t.Errorf("docs/api.md has no command for %s", call)
		}
	}
}

// TestTheDocsHaveEveryReason compares the table of reasons with the constants of package fallback and the names of faults, both
// ways.
func TestTheDocsHaveEveryReason(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "#### Reasons")
	table, _, _ = strings.Cut(table, "\n### ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		told[row[1]] = true
	}
	want := reasons(t)
	for f := bots.Uncertain; f <= bots.Misconfigured; f++ {
		want[f.String()] = true
	}
	if len(want) < 20 {
		t.Fatalf("found only the reasons %v", want)
	}
	for reason := range want {
		if !told[reason] {
			t.Errorf("docs/api.md does not tell what %q means", reason)
		}
		delete(told, reason)
	}
	for reason := range told {
		t.Errorf("docs/api.md tells of %q, which nothing has for a reason", reason)
	}
}

// reasons are the values of the constants Reason… of package fallback. One that is written in place would not be found: it is a
// fault.
func reasons(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../../../fallback/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files of package fallback", err)
	}
	found := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if strings.HasPrefix(strings.ToLower(id.Name), "reason") && i < len(n.Values) {
						found[text(n.Values[i])] = true
					}
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if s, ok := to.(*ast.SelectorExpr); ok && s.Sel.Name == "Reason" && len(n.Rhs) == len(n.Lhs) && text(n.Rhs[i]) != "" {
						t.Errorf("%s: the reason %q is no constant", set.Position(n.Pos()), text(n.Rhs[i]))
					}
				}
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && strings.Contains(" finish finishTried fell leave Reject ", " "+s.Sel.Name+" ") {
					for _, arg := range n.Args {
						if text(arg) != "" {
							t.Errorf("%s: the reason %q is no constant", set.Position(n.Pos()), text(arg))
						}
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name == "pass" {
					noWords(t, set, n)
				}
			}
			return true
		})
	}
	return found
}

// noWords refuses reasons that a function returns without a name.
func noWords(t *testing.T, set *token.FileSet, f *ast.FuncDecl) {
	ast.Inspect(f, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 && text(r.Results[0]) != "" {
			t.Errorf("%s: the reason %q is no constant", set.Position(n.Pos()), text(r.Results[0]))
		}
		return true
	})
}

// text is the value of a literal; empty for anything else.
func text(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		return strings.Trim(lit.Value, "\"`")
	}
	return ""
}
