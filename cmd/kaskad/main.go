// Command kaskad is a self-hosted chatbot gateway for retailers: it sends a message through Telegram (later Viber and WhatsApp),
// watches for proof that it was read, and goes on to SMS when none comes in time.
package main

import (
	"context"
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
	Config string `short:"c" env:"KASKAD_CONFIG" default:"config.toml" placeholder:"FILE" help:"Configuration file ($KASKAD_CONFIG, then ./config.toml)."`

	Demo       demoCmd       `cmd:"" help:"Show everything on this machine, without accounts."`
	Serve      serveCmd      `cmd:"" help:"Run the gateway."`
	Check      checkCmd      `cmd:"" help:"Find every fault of configuration, cascades and templates."`
	Send       sendCmd       `cmd:"" help:"Send one message through the running gateway."`
	Pause      pauseCmd      `cmd:"" help:"Stop everything that was not handed to a channel yet."`
	Resume     resumeCmd     `cmd:"" help:"Go on after a pause."`
	Key        keyCmd        `cmd:"" help:"Make, list and revoke API keys."`
	Backup     backupCmd     `cmd:"" help:"Copy the store into a file, while the gateway goes on."`
	Quarantine quarantineCmd `cmd:"" help:"What could not be taken: see it, take it once more, drop it."`
	Preview    previewCmd    `cmd:"" help:"Show a template as every channel would send it."`
	SMS        smsCmd        `cmd:"" name:"sms" help:"SMS providers: what comes with the program, and a test message."`
	Staff      staffCmd      `cmd:"" help:"The Telegram group in which staff answer customers."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], app.Streams{In: terminal(os.Stdin), Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// exited carries the status that kong wants to leave with, after --help.
type exited int

// run is the whole program: tests call it as a shell would.
func run(ctx context.Context, args []string, s app.Streams) (code int) {
	var c commands
	parser, err := kong.New(&c, kong.Name("kaskad"), kong.UsageOnError(), kong.Writers(s.Out, s.Err), kong.Vars{"version": app.Version()},
		kong.Description("A chatbot gateway: one message, the channel the person reads, SMS last.\n\nTry: kaskad demo --headless"),
		kong.Exit(func(status int) { panic(exited(status)) }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the table of commands is wrong
	}
	defer func() {
		if e, ok := recover().(exited); ok {
			code = int(e)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.Err, "kaskad: %v; see %s --help\n", err, about(err))
		return exitUsage
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
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
