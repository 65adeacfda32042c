package store

import "kaskad/bots"

// An approved template lies in the record of its message: a later attempt says the same.

func encodeApproved(e *encoder, a *bots.Approved) {
	e.str(1, a.Name)
	e.str(2, a.Language)
	e.str(3, a.Header)
	for _, x := range a.Body {
		e.msg(4, func(e *encoder) {
			e.str(1, x.Name)
			e.str(2, x.Text)
		})
	}
	for _, x := range a.Buttons {
		e.msg(5, func(e *encoder) {
			e.int(1, int64(x.Index))
			e.str(2, x.URL)
			e.str(3, x.Data)
		})
	}
}

func decodeApproved(f *fields, a *bots.Approved) {
	switch f.num {
	case 1:
		a.Name = f.str()
	case 2:
		a.Language = f.str()
	case 3:
		a.Header = f.str()
	case 4:
		var x bots.ApprovedField
		f.nested(func(f *fields) {
			switch f.num {
			case 1:
				x.Name = f.str()
			case 2:
				x.Text = f.str()
			}
		})
		a.Body = append(a.Body, x)
	case 5:
		var x bots.ApprovedButton
		f.nested(func(f *fields) {
			switch f.num {
			case 1:
				x.Index = int(f.int())
			case 2:
				x.URL = f.str()
			case 3:
				x.Data = f.str()
			}
		})
		a.Buttons = append(a.Buttons, x)
	}
}
