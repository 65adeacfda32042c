package inbox

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/qrcode"
)

// beforeFactor is all that somebody may open who must have a second factor and has none yet.
var beforeFactor = map[string]bool{"GET /account/second": true, "POST /account/second": true, "POST /logout": true}

// owesFactor reports whether somebody must have a second factor, and has none yet.
func (i *Inbox) owesFactor(p *people.Person, s *people.Session) bool {
	return i.Factor != nil && !p.Factor && !s.There && i.Factor(p.Role)
}

// codeView is the form for the code after the password.
type codeView struct{ To string }

func (i *Inbox) codePage(v *visit) {
	if _, ok := i.Accounts.HalfwayOf(v.now, i.cookie(v.r, halfCookie)); !ok || v.signedIn() {
		v.see("/login")
		return
	}
	i.show(v, http.StatusOK, "code", sheet{Title: v.say.CodeTitle, Page: codeView{inside(v.r.URL.Query().Get("to"))}})
}

// code looks at one try to write a code.
func (i *Inbox) code(v *visit) {
	f, half := v.r.PostForm, i.cookie(v.r, halfCookie)
	who, ok := i.Accounts.HalfwayOf(v.now, half)
	if !ok {
		v.see("/login") // it took too long, or the program began anew: once more from the password
		return
	}
	to := inside(f.Get("to"))
	try, err := i.Throttle.BeginCode(v.now, who.ID, i.Throttle.Known(i.cookie(v.r, knownCookie), who.ID))
	token := bots.Secret("")
	if err == nil {
		who, token, err = i.Accounts.BeginWithCode(v.r.Context(), v.now, half, bots.Secret(f.Get("code")), people.Browser{From: from(v.r), Agent: v.r.UserAgent()})
	}
	switch {
	case err == nil:
		i.Throttle.Right(try)
		i.put(v, halfCookie, "", -1)
		i.enter(v, who, token, to)
	case errors.Is(err, people.ErrCode), errors.Is(err, people.ErrWrong):
		v.see("/login")
	case errors.Is(err, people.ErrFactor):
		if err := i.Ledger.Often(v.r.Context(), v.now, people.Refusal(v.now, who.ID, from(v.r), "wrong code")); err != nil {
			i.fail(v, err)
			return
		}
		i.show(v, http.StatusForbidden, "code", sheet{Title: v.say.CodeTitle, Wrong: v.say.WrongCode, Field: "code", Page: codeView{to}})
	default:
		i.lateOr(v, err, func(status int, why string) {
			i.show(v, status, "code", sheet{Title: v.say.CodeTitle, Wrong: why, Field: "code", Page: codeView{to}})
		})
	}
}

// lateOr shows that somebody has to wait; anything else went wrong here.
func (i *Inbox) lateOr(v *visit, err error, show func(status int, why string)) {
	late, isLate := errors.AsType[*people.Late](err)
	switch {
	case isLate:
		v.w.Header().Set("Retry-After", strconv.Itoa(int(late.Wait.Seconds())+1))
		show(http.StatusTooManyRequests, v.say.late(err))
	case errors.Is(err, people.ErrBusy):
		show(http.StatusServiceUnavailable, v.say.Busy)
	default:
		i.fail(v, err)
	}
}

// secondView is the page of the second factor.
type secondView struct {
	Has      bool
	Must     bool // before anything else
	Left     int  // recovery codes
	Key      string
	QR       template.HTML
	Recovery []string // shown once
}

func (i *Inbox) secondPage(v *visit) {
	if !v.me.Password { // it stands beside a password
		v.see("/account")
		return
	}
	i.second(v, http.StatusOK, sheet{}, "")
}

// second shows the page, with a key that was shown before or a new one.
func (i *Inbox) second(v *visit, status int, s sheet, key bots.Secret) {
	view := secondView{Has: v.me.Factor, Must: i.owesFactor(&v.me, &v.session), Left: i.Accounts.RecoveryLeft(v.me.ID)}
	if !view.Has {
		offer, ok := people.OfferedAgain(i.Company, v.me.Email, key)
		if !ok {
			var err error
			if offer, err = people.OfferFactor(i.Company, v.me.Email); err != nil {
				i.fail(v, err)
				return
			}
		}
		svg, err := qrcode.SVG(offer.URL.Reveal(), qrcode.M)
		if err != nil {
			i.fail(v, err)
			return
		}
		view.Key, view.QR = offer.Key.Reveal(), template.HTML(svg) // of squares alone: nothing in it is anybody's word
	}
	s.Title, s.Page = v.say.SecondTitle, view
	i.show(v, status, "second", s)
}

// again asks for the password once more, and counts that as a try to sign in.
func (i *Inbox) again(v *visit) error {
	try, err := i.Throttle.Begin(v.now, v.me.Email, from(v.r), i.Throttle.Known(i.cookie(v.r, knownCookie), v.me.ID))
	if err != nil {
		return err
	}
	err = i.Accounts.KnowsPassword(v.r.Context(), v.me.ID, bots.Secret(v.r.PostForm.Get("password")))
	i.judge(try, err)
	return err
}

func (i *Inbox) takeSecond(v *visit) {
	f := v.r.PostForm
	offer, ok := people.OfferedAgain(i.Company, v.me.Email, bots.Secret(f.Get("key")))
	if !ok {
		i.tell(v, http.StatusForbidden, v.say.StaleForm)
		return
	}
	err := i.again(v)
	var codes []bots.Secret
	if err == nil {
		codes, err = i.Accounts.TakeFactor(v.r.Context(), v.now, v.me.ID, offer.Key, bots.Secret(f.Get("code")), v.session.ID)
	}
	if err != nil {
		i.notSecond(v, err, offer.Key)
		return
	}
	v.me.Factor = true
	view := secondView{Has: true, Left: len(codes)}
	for _, c := range codes {
		view.Recovery = append(view.Recovery, c.Reveal())
	}
	i.show(v, http.StatusOK, "second", sheet{Title: v.say.SecondTitle, Done: v.say.DoneSecond, Page: view})
}

func (i *Inbox) dropSecond(v *visit) {
	err := i.again(v)
	var try people.Try
	if err == nil {
		try, err = i.Throttle.BeginCode(v.now, v.me.ID, i.Throttle.Known(i.cookie(v.r, knownCookie), v.me.ID))
	}
	if err == nil {
		err = i.Accounts.DropFactor(v.r.Context(), v.now, v.me.ID, bots.Secret(v.r.PostForm.Get("code")))
	}
	if err != nil {
		i.notSecond(v, err, "")
		return
	}
	i.Throttle.Right(try)
	v.see("/account?done=second-off")
}

// notSecond says why nothing was changed.
func (i *Inbox) notSecond(v *visit, err error, key bots.Secret) {
	switch {
	case errors.Is(err, people.ErrWrong):
		i.second(v, http.StatusForbidden, sheet{Wrong: v.say.WrongOld, Field: "password"}, key)
	case errors.Is(err, people.ErrFactor):
		i.second(v, http.StatusForbidden, sheet{Wrong: v.say.WrongCode, Field: "code"}, key)
	case errors.Is(err, people.ErrHasFactor):
		v.see("/account/second")
	default:
		i.lateOr(v, err, func(status int, why string) {
			i.second(v, status, sheet{Wrong: why, Field: "password"}, key)
		})
	}
}
