package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// BenchmarkSendToFile sends to a list of 100,000 people nobody knew before, while sends are paused: the command as a process of its own,
// its memory as the kernel counted it. The time is of the whole command: checked, estimated, and handed over.
func BenchmarkSendToFile(b *testing.B) {
	const rows = 100_000
	for range b.N {
		b.StopTimer()
		p := newPlant(b, simtelegram.Options{}, simsms.Options{}, "")
		p.start()
		p.run("pause")
		list := filepath.Join(p.dir, "people.csv")
		var text bytes.Buffer
		text.WriteString("phone;points\n")
		for i := range rows {
			fmt.Fprintf(&text, "+38050%07d;%d\n", i, i%500+1)
		}
		if err := os.WriteFile(list, text.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		var took [2]time.Duration
		for i, flag := range []string{"--dry-run", "--yes"} {
			cmd := exec.Command(os.Args[0], "-c", p.config, "send", "--to-file", list, "--template", "bonus", "--json", flag)
			cmd.Env = append(os.Environ(), asProgram+"=1")
			var errs bytes.Buffer
			cmd.Stderr = &errs
			begun := time.Now()
			b.StartTimer()
			out, err := cmd.Output()
			b.StopTimer()
			took[i] = time.Since(begun)
			var answer struct {
				Estimate app.Outlook
				Sent     app.Outcome
			}
			if err == nil {
				err = json.Unmarshal(out, &answer)
			}
			if err != nil || answer.Estimate.Sending != rows || i == 1 && answer.Sent.Accepted != rows {
				b.Fatalf("%v: %s%s", err, out, errs.String())
			}
			b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MB-"+[]string{"estimate", "send"}[i])
			b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s-"+[]string{"estimate", "send"}[i])
		}
		b.ReportMetric(rows/took[0].Seconds(), "estimates/s")
		b.ReportMetric(rows/(took[1]-took[0]).Seconds(), "accepts/s") // the second command estimates, too
		p.kill()
	}
}
