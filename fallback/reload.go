package fallback

import "kaskad/templates"

// Reload puts other templates and cascades in place of the ones in use, for everything that is asked for or written from now on.
// What was accepted keeps the steps it was accepted with; words are those of the moment a step is claimed. The intake must have
// been checked, and does not change any more.
func (e *Engine) Reload(in *Intake) {
	e.loaded.Store(in)
	e.look()
	e.wake()
}

// intake is what asks are read with now.
func (e *Engine) intake() *Intake { return e.loaded.Load() }

// set is the templates in use.
func (e *Engine) set() *templates.Set { return e.intake().Templates }
