package main

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"kaskad/cmd/kaskad/internal/app"
)

// completionCmd prints a script that makes a shell complete commands, flags and names.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" complete:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (c *completionCmd) Help() string {
	return `Commands, flags and their values are completed; names of templates and cascades are those of the configuration.

Examples:
  bash:  source <(kaskad completion bash)         in ~/.bashrc
  zsh:   source <(kaskad completion zsh)          in ~/.zshrc, behind compinit
  fish:  kaskad completion fish | source          in ~/.config/fish/config.fish`
}

func (c *completionCmd) Run(s app.Streams) error {
	_, err := io.WriteString(s.Out, completions[c.Shell])
	return err
}

// completions are the scripts: each asks the program itself, by the hidden command, so that they never lag behind it.
var completions = map[string]string{
	"bash": `_kaskad() {
	local IFS=$'\n'
	COMPREPLY=($("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
	if [ "${#COMPREPLY[@]}" -eq 1 ] && [ "${COMPREPLY[0]}" = ":file" ]; then
		COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
	fi
}
complete -o filenames -F _kaskad kaskad
`,
	"zsh": `_kaskad() {
	local -a found
	found=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if [[ "${found[1]}" == ":file" ]]; then
		_files
	else
		compadd -- "${found[@]}"
	fi
}
compdef _kaskad kaskad
`,
	"fish": `function __kaskad_complete
	set -l words (commandline -opc)
	set -l found ($words[1] __complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
	if test "$found" = ":file"
		__fish_complete_path (commandline -ct)
	else
		printf '%s\n' $found
	end
end
complete -c kaskad -f -a '(__kaskad_complete)'
`,
}

// completeCmd is what the scripts ask: the words up to the one that is being written, and that one.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// askFile is the answer that means a file's name.
const askFile = ":file"

func (c *completeCmd) Run(ctx context.Context, s app.Streams, at app.Place, k *kong.Kong) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, word := range candidates(k.Model.Node, words, at) {
		fmt.Fprintln(s.Out, word)
	}
	return nil
}

// candidates are the words that may stand in place of the last one.
func candidates(node *kong.Node, words []string, at app.Place) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last, before := words[len(words)-1], words[:len(words)-1]
	flags, args, pending := slices.Concat(node.AllFlags(true)...), 0, (*kong.Flag)(nil)
	for _, word := range before {
		switch {
		case pending != nil && word == "=": // bash takes --flag=value apart
		case pending != nil:
			if pending.Name == "config" {
				at = app.Place(word)
			}
			pending = nil
		case strings.HasPrefix(word, "-"):
			if f := flagOf(flags, word); f != nil && !f.IsBool() && !strings.Contains(word, "=") {
				pending = f
			}
		default:
			if child := childOf(node, word); child != nil {
				node, flags = child, slices.Concat(child.AllFlags(true)...)
			} else {
				args++
			}
		}
	}
	if pending != nil {
		return beginning(strings.TrimPrefix(last, "="), values(pending.Value, at))
	}
	if name, value, ok := strings.Cut(last, "="); ok && strings.HasPrefix(last, "--") {
		f := flagOf(flags, name)
		if f == nil {
			return nil
		}
		var all []string
		for _, v := range beginning(value, values(f.Value, at)) {
			all = append(all, name+"="+v)
		}
		return all
	}
	return beginning(last, nextWords(node, flags, args, last, at))
}

// nextWords are commands, values of the argument whose turn it is, and flags once a dash is written.
func nextWords(node *kong.Node, flags []*kong.Flag, args int, last string, at app.Place) (all []string) {
	if strings.HasPrefix(last, "-") {
		for _, f := range flags {
			if !f.Hidden {
				all = append(all, "--"+f.Name)
			}
		}
		return all
	}
	for _, child := range node.Children {
		if !child.Hidden && child.Type == kong.CommandNode {
			all = append(all, child.Name)
		}
	}
	if args < len(node.Positional) {
		all = append(all, values(node.Positional[args], at)...)
	}
	return all
}

func childOf(node *kong.Node, word string) *kong.Node {
	for _, child := range node.Children {
		if child.Type == kong.CommandNode && child.Name == word {
			return child
		}
	}
	return nil
}

func flagOf(flags []*kong.Flag, word string) *kong.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, f := range flags {
		if f.Name == name || f.Short != 0 && string(f.Short) == name {
			return f
		}
	}
	return nil
}

// values are what a flag or an argument may be, as far as that is known: the tag complete names them, or where they come from.
func values(v *kong.Value, at app.Place) []string {
	switch from := v.Tag.Get("complete"); from {
	case "":
		if v.Target.IsValid() && v.Target.Kind() == reflect.String && len(v.EnumSlice()) > 1 {
			return v.EnumSlice()
		}
		return nil
	case "file":
		return []string{askFile}
	case "template":
		words, _ := app.Names(at)
		return words
	case "cascade":
		_, cascades := app.Names(at)
		return slices.Sorted(slices.Values(cascades))
	case "preset":
		var names []string
		for _, p := range app.SMSPresets() {
			names = append(names, p.Name)
		}
		return names
	default:
		return strings.Split(from, ",")
	}
}

// beginning are the words that begin as the one that is being written.
func beginning(last string, words []string) (all []string) {
	for _, w := range words {
		if w == askFile || strings.HasPrefix(w, last) {
			all = append(all, w)
		}
	}
	return all
}
