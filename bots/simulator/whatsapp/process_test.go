package whatsapp

import (
	"database/sql"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types/events"
)

func fileStore(t *testing.T, path string) *sqlstore.Container {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { must(t, db.Close()) })
	c := sqlstore.NewWithDB(db, "sqlite3", nil)
	must(t, c.Upgrade(t.Context()))
	return c
}

// A process of its own, with nothing but its environment, reaches the simulator.
func TestAClientInAnotherProcess(t *testing.T) {
	s := start(t, Options{})
	c := person(t, s, Person{Habits: Always(Act{Do: WriteText, Text: "I hear you"})})
	dir := t.TempDir()
	path, ca := filepath.Join(dir, "store.db"), filepath.Join(dir, "ca.pem")
	must(t, second(s.Provision(t.Context(), fileStore(t, path), shop, 1)))
	pem, err := s.CA()
	must(t, err)
	must(t, os.WriteFile(ca, pem, 0o600))
	proxy, err := s.ProxyURL()
	must(t, err)
	root := RootKey()
	child := exec.CommandContext(soon(t), os.Args[0], "-test.run=^TestTheOtherProcess$", "-test.v")
	child.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "SSL_CERT_FILE="+ca, "KASKAD_TEST_ROOT="+hex.EncodeToString(root[:]), "KASKAD_TEST_STORE="+path)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("the other process: %v\n%s", err, out)
	}
	must(t, second(c.WaitText(soon(t), "from elsewhere")))
}

func TestTheOtherProcess(t *testing.T) {
	path := os.Getenv("KASKAD_TEST_STORE")
	if path == "" {
		t.Skip("TestAClientInAnotherProcess runs it")
	}
	root, err := hex.DecodeString(os.Getenv("KASKAD_TEST_ROOT"))
	must(t, err)
	must(t, TrustKey([32]byte(root)))
	devices, err := fileStore(t, path).GetAllDevices(t.Context())
	must(t, err)
	p := &peer{Client: whatsmeow.NewClient(devices[0], nil), t: t, changed: make(chan struct{})} // the library's own HTTP clients
	p.AddEventHandlerWithSuccessStatus(p.hear)
	p.login()
	p.write(number(boris), "from elsewhere")
	p.heard("I hear you")
	if got := all[*events.LoggedOut](p, nil); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	p.Disconnect()
}
