package app

import (
	"path/filepath"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/media"
)

// mediaDir is where people's files are kept, in data_dir.
const mediaDir = "media"

// openFiles makes the keeper of people's files. The test side has none: what simulated people send is nobody's.
func (a *App) openFiles() (err error) {
	if a.world != nil {
		return nil
	}
	fetchers := map[string]bots.Fetcher{}
	for name, c := range a.channels {
		for _, s := range c.senders {
			if f, ok := s.(bots.Fetcher); ok {
				fetchers[name] = f
			}
		}
	}
	a.files, err = media.New(media.Options{Dir: filepath.Join(a.cfg.Server.DataDir, mediaDir), Fetchers: fetchers, Keep: a.cfg.Retention.mediaKept(), Log: a.log})
	return err
}
