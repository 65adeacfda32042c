package main

import (
	"context"

	"kaskad/cmd/kaskad/internal/app"
)

// benchCmd measures this machine and this program.
type benchCmd struct {
	All     benchAllCmd `cmd:"" help:"Measure store, webhooks and API on this machine, beside the raw rate of its disk, and say what of the wanted numbers is reached."`
	Torture tortureCmd  `cmd:"" help:"Kill a gateway at random moments, with simulated people around it, and look whether anything is lost, sent twice, or sent after a proof or a no."`
}

func (c *benchCmd) Help() string {
	return "Everything is simulated on this machine: no configuration is read, and nothing leaves it.\n\nExample: kaskad bench torture --kills 20"
}

type tortureCmd struct {
	Kills   int     `default:"20" help:"How often the gateway is killed; after every 20 a fresh one begins. Each takes about three seconds."`
	Seed    *uint64 `placeholder:"N" help:"Of the first gateway; the next one has the next. The same seed, the same plan; another one each time when it is left out."`
	Program string  `placeholder:"FILE" complete:"file" help:"The program that is tortured, when it is not this one."`
	Dir     string  `placeholder:"DIR" complete:"file" help:"Where its files are; a folder that goes when nothing was found, unless written."`
	JSON    bool    `name:"json" help:"Print the result as JSON."`
}

func (c *tortureCmd) Help() string {
	return "Ends with status 1 when a rule was broken, and says which, by which seed, and where the gateway's files and its log are.\n\nExample: kaskad bench torture --kills 500 --seed 7"
}

func (c *tortureCmd) Run(ctx context.Context, s app.Streams) error {
	return app.Torture(ctx, app.TortureOptions{Kills: c.Kills, Seed: c.Seed, Program: c.Program, Dir: c.Dir, JSON: c.JSON}, s)
}

type benchAllCmd struct {
	People     int      `default:"200000" help:"Of the file that is measured on; each has five open messages."`
	Operations int      `default:"40000" help:"Of each measurement."`
	Only       []string `placeholder:"PART" help:"Parts that are measured, separated by commas: disk, store, start, api, hooks, looks. All when it is left out."`
	Dir        string   `placeholder:"DIR" complete:"file" help:"Where the file is, which is kept for the next run; a folder that goes, unless written."`
	Write      string   `placeholder:"FILE" complete:"file" help:"A page that gets the tables, between its two marks: docs/performance.md."`
	Program    string   `placeholder:"FILE" complete:"file" help:"The program that is measured, when it is not this one."`
	JSON       bool     `name:"json" help:"Print the result as JSON."`
}

func (c *benchAllCmd) Help() string {
	return "Takes some minutes, two gigabytes of disk and all processors; runs on Linux. What is not reached is said, and is no error.\n\nExample: kaskad bench all --dir /var/tmp/kaskad-bench"
}

func (c *benchAllCmd) Run(ctx context.Context, s app.Streams) error {
	return app.Bench(ctx, app.BenchOptions{People: c.People, Operates: c.Operations, Only: c.Only, Dir: c.Dir, Write: c.Write, Program: c.Program, JSON: c.JSON}, s)
}
