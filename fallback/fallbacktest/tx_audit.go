package fallbacktest

import (
	"kaskad/bots"
	"kaskad/fallback"
)

func audit(d *data) *map[bots.ID]fallback.Audited { return &d.audit }

func (t *tx) PutAudit(a fallback.Audited) { write(t, audit, a.ID, a) }

func (t *tx) Audited(id bots.ID) (fallback.Audited, bool) { return find(t, audit, id) }
