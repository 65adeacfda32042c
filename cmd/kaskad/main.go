// Command kaskad is a self-hosted chatbot gateway for retailers: it sends a message through Telegram, Viber or WhatsApp, watches for
// proof that it was read, and goes on to SMS when none comes in time.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"kaskad/cmd/kaskad/internal/app"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the table of commands; each has a file of its own.
type commands struct {
	Config string `short:"c" env:"KASKAD_CONFIG" default:"config.toml" placeholder:"FILE" complete:"file" help:"Configuration file; config.toml in this folder unless written."`

	Demo       demoCmd       `cmd:"" help:"Show everything on this machine, without accounts."`
	Serve      serveCmd      `cmd:"" help:"Run the gateway."`
	Check      checkCmd      `cmd:"" help:"Find every fault of configuration, cascades and templates."`
	Send       sendCmd       `cmd:"" help:"Send a message to one person or to a list, through the running gateway."`
	Contacts   contactsCmd   `cmd:"" help:"The people: bring a list of them in, find who is there twice, show, export or erase what is kept of somebody."`
	Pause      pauseCmd      `cmd:"" help:"Stop everything that was not handed to a channel yet."`
	Resume     resumeCmd     `cmd:"" help:"Go on after a pause."`
	Hold       holdCmd       `cmd:"" help:"Let marketing for a region wait: an alert, a day of mourning."`
	Links      linksCmd      `cmd:"" help:"Links and QR codes by which people come in, and how far they come."`
	Key        keyCmd        `cmd:"" help:"Make, list and revoke API keys."`
	Backup     backupCmd     `cmd:"" help:"Copy the store into a file, while the gateway goes on."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup in the place of the store, while no gateway runs."`
	Encryption encryptionCmd `cmd:"" help:"The key that seals what is kept of people."`
	Alerts     alertsCmd     `cmd:"" help:"What is wrong, and who was woken; try them, or quiet one."`
	Audit      auditCmd      `cmd:"" help:"Who changed what: contacts, pauses, keys, people and all else."`
	Compact    compactCmd    `cmd:"" help:"Write the store anew, without what was deleted."`
	Search     searchCmd     `cmd:"" help:"The index by which people and messages are found: how it stands, make it anew."`
	Quarantine quarantineCmd `cmd:"" help:"What could not be taken: see it, take it once more, drop it."`
	Preview    previewCmd    `cmd:"" help:"Show a template as every channel would send it."`
	SMS        smsCmd        `cmd:"" name:"sms" help:"SMS providers: what comes with the program, and a test message."`
	WhatsApp   whatsappCmd   `cmd:"" name:"whatsapp" help:"The paired phone: link it, see how it stands, unlink it."`
	People     peopleCmd     `cmd:"" help:"Who signs in on the pages: the first admin, invitations, roles."`
	Webhooks   webhooksCmd   `cmd:"" help:"Programs that are told what happened."`
	Staff      staffCmd      `cmd:"" help:"The Telegram group in which staff answer customers."`
	Bench      benchCmd      `cmd:"" help:"Measure and torture the program on this machine."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Completion completionCmd `cmd:"" help:"Print a script that makes a shell complete commands and names."`
	Complete   completeCmd   `cmd:"" hidden:"" name:"__complete"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], app.Streams{In: terminal(os.Stdin), Piped: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// exited carries the status that kong wants to leave with, after --help.
type exited int

// run is the whole program: tests call it as a shell would.
func run(ctx context.Context, args []string, s app.Streams) (code int) {
	var c commands
	parser, err := kong.New(&c, kong.Name("kaskad"), kong.UsageOnError(), kong.Writers(s.Out, s.Err), kong.Vars{"version": app.Version()},
		kong.Description("A chatbot gateway: one message, the channel the person reads, SMS last.\n\nTry: kaskad demo"),
		kong.Exit(func(status int) { panic(exited(status)) }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the table of commands is wrong
	}
	defer func() {
		switch what := recover().(type) {
		case nil:
		case exited:
			code = int(what)
		default:
			panic(what)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.Err, "kaskad: %s; see %s --help\n", misread(err), about(err))
		return exitUsage
	}
	cmd.BindTo(app.TellingTo(ctx, s.Err), (*context.Context)(nil))
	cmd.Bind(parser)
	return report(s.Err, cmd.Run(s, app.Place(c.Config)))
}

// about is the command that was called wrongly, as far as it was understood.
func about(err error) string {
	words := []string{"kaskad"}
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil {
		for _, word := range strings.Fields(e.Context.Command()) {
			if !strings.HasPrefix(word, "<") {
				words = append(words, word)
			}
		}
	}
	return strings.Join(words, " ")
}

// misread is what was wrong with a command line. kong offers the nearest word however far it is: "fly" is no "key".
func misread(err error) string {
	text := err.Error()
	wrong, meant, ok := strings.Cut(text, ", did you mean ")
	words := strings.Fields(wrong)
	if !ok || len(words) == 0 || strings.HasPrefix(meant, "one of") {
		return text
	}
	meant = strings.Trim(meant, `"?`)
	if !app.Near(words[len(words)-1], meant) {
		return wrong
	}
	return text
}

// report prints an error, one line each, and chooses the status.
func report(out io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	var faults app.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Fprintln(out, f)
		}
		return exitUsage
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(out, "kaskad: %s\n", strings.TrimRight(line, "\n"))
	}
	if errors.Is(err, app.ErrUsage) {
		return exitUsage
	}
	return exitFailed
}

// say prints what a command did: a line for people, or the same for scripts.
func say(s app.Streams, asJSON bool, v map[string]any, line string) error {
	if asJSON {
		return json.NewEncoder(s.Out).Encode(v)
	}
	_, err := fmt.Fprintln(s.Out, line)
	return err
}
