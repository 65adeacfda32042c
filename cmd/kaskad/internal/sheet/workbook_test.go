package sheet_test

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"kaskad/cmd/kaskad/internal/sheet"
)

// book writes a workbook and returns where it is.
func book(t *testing.T, write func(f *excelize.File, set func(cell string, v any))) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	write(f, func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	})
	path := filepath.Join(t.TempDir(), "people.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWorkbookIsReadAsItsCellsAre(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	path := book(t, func(f *excelize.File, set func(string, any)) {
		set("A1", "Картка ")
		set("B1", "Телефон")
		set("C1", "Згода")
		set("D1", "Дата")
		set("A2", "C-1")
		set("B2", 380501112233) // a number, shown as 3.80501E+11
		set("C2", true)
		set("D2", 46146.5)
		set("A4", "C-2") // a row is empty before, and cells behind
		set("A5", "C-3")
		set("B5", "#N/A")
		set("A6", "C-4")
		set("E6", "beyond")
		if _, err := f.NewSheet("Other"); err != nil {
			t.Fatal(err)
		}
	})
	r, err := sheet.OpenAs(path, sheet.Options{Workbook: true})
	if err != nil {
		t.Fatal(err)
	}
	const want = "Картка|Телефон|Згода|Дата\n2: C-1|380501112233|1|46146.5\n4: C-2|||\n5! a formula in it has failed: #N/A\n6! the number of cells is 5, and 4 in the first row: is a separator missing, or one inside a cell without quotes around it?"
	for range 2 {
		if got := all(t, r); got != want {
			t.Errorf("read\n%s\nwant\n%s", got, want)
		}
		if err := r.Again(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it is closed, and %v is left, %v", left, err)
	}
}

// A list that is larger than what is kept in memory is read from files, and those are gone afterwards.
func TestALargeWorkbookIsUnpackedBesideMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 20 MB")
	}
	temp := t.TempDir()
	path := filepath.Join(t.TempDir(), "people.xlsx")
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 2_500
	for i := range rows + 1 {
		cells := []any{fmt.Sprintf("C-%d", i), strings.Repeat("Ганна Коваль ", 350), i}
		if i == 0 {
			cells = []any{"ext", "name", "attr.n"}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err = w.Flush(); err == nil {
		err = f.SaveAs(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	t.Setenv("TMPDIR", temp)
	r, err := sheet.OpenAs(path, sheet.Options{Workbook: true})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(temp + "/*/*"); err != nil || len(left) == 0 {
		t.Errorf("nothing is unpacked beside memory: %v, %v", left, err)
	}
	n := 0
	for {
		row, err := r.Next()
		if err != nil {
			break
		}
		if n++; row.Cells[0] != fmt.Sprintf("C-%d", n) || row.Line != n+1 {
			t.Fatalf("row %d is %v", n, row)
		}
	}
	if err := r.Close(); err != nil || n != rows {
		t.Errorf("%d rows, %v", n, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it is closed, and %v is left, %v", left, err)
	}
}

func TestWhatIsNoWorkbookIsRefusedWithWhatToDo(t *testing.T) {
	packed := func(name string, size int) string {
		path := filepath.Join(t.TempDir(), "people.xlsx")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := zip.NewWriter(f)
		part, err := z.Create(name)
		if err == nil {
			_, err = part.Write(make([]byte, size))
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct{ path, says string }{
		"another archive":           {packed("notes.txt", 5), "cannot be read as a workbook"},
		"an archive that is cut":    {file(t, "PK\x03\x04...."), "begins as a workbook and is none"},
		"a bomb":                    {packed("xl/media/image1.png", 65<<20), "unpacks to more than a list of people does"},
		"a workbook of before 2007": {file(t, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), "save it as .xlsx"},
		"an empty sheet":            {book(t, func(*excelize.File, func(string, any)) {}), "the first row of its first sheet is empty"},
	} {
		r, err := sheet.OpenAs(c.path, sheet.Options{Workbook: true})
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", name, err, c.says)
		}
	}
}

// sheetOf is a workbook whose only sheet is this XML.
func sheetOf(t *testing.T, parts ...string) string {
	t.Helper()
	whole, err := zip.OpenReader(book(t, func(_ *excelize.File, set func(string, any)) { set("A1", "ext") }))
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	path := filepath.Join(t.TempDir(), "people.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, part := range whole.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			if err := z.Copy(part); err != nil {
				t.Fatal(err)
			}
		}
	}
	w, err := z.Create("xl/worksheets/sheet1.xml")
	for _, p := range parts {
		if err == nil {
			_, err = w.Write([]byte(p))
		}
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The library takes all the memory there is for one long piece of a sheet, and XML that it cannot read for the end of the list.
func TestASheetIsRefusedThatWouldTakeAllMemoryOrBeReadInPart(t *testing.T) {
	const head = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>ext</t></is></c></row>`
	row := func(text string) string {
		return `<row r="2"><c r="A2" t="inlineStr"><is><t>` + text + `</t></is></c></row>`
	}
	const foot = `</sheetData></worksheet>`
	long := strings.Repeat(" ", 5<<20)
	for name, c := range map[string]struct{ sheet, says string }{
		"blanks behind the rows":          {head + row("C-1") + long + foot, "a row of more than 4 MiB"},
		"a long text":                     {head + row(strings.Repeat("x", 5<<20)) + foot, "a row of more than 4 MiB"},
		"a long comment full of rows":     {head + "<!--" + strings.Repeat("<row/>", 1<<20) + "-->" + row("C-1") + foot, "a row of more than 4 MiB"},
		"a long tag":                      {head + `<row r="2" a="` + strings.Repeat(">", 5<<20) + `"/>` + foot, "a row of more than 4 MiB"},
		"cells without end":               {head + "<row r=\"2\">" + strings.Repeat("<c><v>1</v></c>", 1<<19) + "</row>" + foot, "a row of more than 4 MiB"},
		"rows within a cell":              {head + `<row r="2"><c>` + strings.Repeat("<row/>", 1<<20) + "</c></row>" + foot, "a row of more than 4 MiB"},
		"a control character":             {head + row("C-1") + row("a\x0bb") + foot, "behind its row 3: it is no XML that can be read: it holds a control character"},
		"a control character as a number": {head + row("a&#xB;b") + foot, "an & that is no character"},
		"an & by itself":                  {head + row("Tom & Co") + foot, "an & that is no character"},
		"a word of a document type":       {head + row("&who;") + foot, "an & that is no character"},
		"a document type":                 {"<!DOCTYPE x [<!ENTITY a \"a\">]>" + head + row("C-1") + foot, "no XML that can be read"},
		"bytes of another encoding":       {head + row("\xce\xeb\xff") + foot, "bytes that are no UTF-8"},
		"a sheet that is cut":             {head + row("C-1") + `<row r="3"><c r="A3"`, "behind its row 3"},
	} {
		r, err := sheet.OpenAs(sheetOf(t, c.sheet), sheet.Options{Workbook: true})
		if err == nil {
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "CSV UTF-8") {
			t.Errorf("%s: %v, want an error with %q and what to do", name, err, c.says)
		}
	}
	for name, c := range map[string]struct{ sheet, want string }{
		"characters by name and number": {head + row("&lt;Ганна&#x20;&amp; Ко&#33;") + foot, "ext\n2: <Ганна & Ко!"},
		"marked text, and comments":     {head + "<!-- a > b <c> -->" + row("<![CDATA[a & b > c]]>") + foot, "ext\n2: a & b > c"},
		"a > between quotes":            {head + `<row r="2" a="x>y"><c r="A2" t="inlineStr"><is><t>C-1</t></is></c></row>` + foot, "ext\n2: C-1"},
		"names with a prefix":           {strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:", "xmlns=", "xmlns:x=").Replace(head + row("C-1") + foot), "ext\n2: C-1"},
	} {
		r, err := sheet.OpenAs(sheetOf(t, c.sheet), sheet.Options{Workbook: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := all(t, r); got != c.want {
			t.Errorf("%s: read\n%s\nwant\n%s", name, got, c.want)
		}
		r.Close()
	}
}

func TestWindows1251IsTakenOnlyWhenItIsCertain(t *testing.T) {
	old := func(text string) string {
		raw, err := charmap.Windows1251.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return file(t, raw)
	}
	known := func(name string) bool { return name == "Телефон" || name == "phone" }
	for name, c := range map[string]struct {
		path, encoding, want string
	}{
		"the name of a column says it":       {old("\"Телефон\";Хто\n050;Ганна\n"), "", "Телефон|Хто\n2: 050|Ганна"},
		"it is said":                         {old("phone;Хто\n050;Їжак\n"), sheet.Windows1251, "phone|Хто\n2: 050|Їжак"},
		"no name says it":                    {old("phone;Хто\n050;Ганна\n"), "", "is not UTF-8; if it is Windows-1251, write --encoding windows-1251"},
		"names in letters of every encoding": {old("phone;name\n050;Ганна\n"), "", "phone|name\n" + "line 2 is not UTF-8"},
		"UTF-8 though another is known":      {file(t, "Телефон\n050\n"), "", "Телефон\n2: 050"},
		"said to be UTF-8":                   {old("Телефон\n050\n"), sheet.UTF8, "is not UTF-8"},
		"a byte that is nothing in it":       {file(t, "phone\n\x98\n"), sheet.Windows1251, "holds a byte that is nothing in Windows-1251"},
		"another encoding: no word is in it": {file(t, "\x92\xa5\xab\xa5\xe4\xae\xad;phone\n050;1\n"), "", "is not UTF-8"}, // CP866
	} {
		got := ""
		r, err := sheet.OpenAs(c.path, sheet.Options{Encoding: c.encoding, Known: known})
		if err != nil {
			got = err.Error()
		} else {
			got = all(t, r)
			r.Close()
		}
		for part := range strings.SplitSeq(c.want, "\n") {
			if !strings.Contains(got, part) {
				t.Errorf("%s: read\n%s\nwant\n%s", name, got, c.want)
			}
		}
	}
}

// The library says of such a row that its number exceeds a limit, and says it at every turn.
func TestARowWithANumberThatNoWorkbookHasSaysWhatToDo(t *testing.T) {
	r, err := sheet.OpenAs(sheetOf(t, `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+
		`<row r="1"><c r="A1" t="inlineStr"><is><t>ext</t></is></c></row><row r="1048577"><c r="A1048577" t="inlineStr"><is><t>C-1</t></is></c></row></sheetData></worksheet>`), sheet.Options{Workbook: true})
	said := ""
	if err == nil {
		said = all(t, r)
		err = r.Close()
	}
	if err != nil {
		said += err.Error()
	}
	if strings.Count(said, "above 1048576, which is the last") != 1 || !strings.Contains(said, "CSV UTF-8") || strings.Contains(said, "exceeds") {
		t.Errorf("said %q", said)
	}
}
