package store

import (
	"context"
	"time"
)

// An import gives way. While nobody asks for a journey, it hands over as much as a commit takes. As soon as somebody does, it hands over
// a few changes, waits until they are on disk, and then leaves the writer and the processors to others for several times as long as
// that took: the slower the disk or the longer the queue, the longer it waits.
const (
	atOnce     = 1024                   // changes on their way while nobody asks for anything
	atOnceNow  = 32                     // while somebody does
	trafficFor = 250 * time.Millisecond // how long after the last journey that is
	wayTimes   = 16
	wayMost    = 200 * time.Millisecond
)

// journey notes that somebody waits for the outcome of one.
func (db *DB) journey() { db.asked.Store(time.Now().UnixNano()) }

// traffic reports whether somebody asked for a journey just now.
func (db *DB) traffic() bool { return time.Since(time.Unix(0, db.asked.Load())) < trafficFor }

// importFor is how long after many changes at once an import is taken to go on.
const importFor = time.Second

// Importing reports whether many people are being brought in just now: work that can wait is to wait.
func (db *DB) Importing() bool { return time.Since(time.Unix(0, db.imported.Load())) < importFor }

// AtOnce is how many changes of an import may be on their way now.
func (db *DB) AtOnce() int {
	if db.traffic() {
		return atOnceNow
	}
	return atOnce
}

// giveWay waits after changes that took a time, if there is anybody to give way to.
func (db *DB) giveWay(ctx context.Context, took time.Duration) {
	if !db.traffic() {
		return
	}
	timer := time.NewTimer(min(wayTimes*took, wayMost))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-db.gone:
	}
}
