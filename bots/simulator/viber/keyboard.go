package viber

import (
	"regexp"
	"slices"
	"strings"
)

// Button is a button of a keyboard or of a rich media message.
type Button struct {
	Columns, Rows int
	ActionType    string // reply, open-url, location-picker, share-phone, none, …
	ActionBody    string
	Text          string
	Silent        bool // a press is told to the bot, but not shown in the chat
}

const (
	replyText      = "reply"
	openURL        = "open-url"
	locationPicker = "location-picker"
	sharePhone     = "share-phone"

	gridWidth       = 6
	maxKeyboardRows = 12 // in portrait
	maxButtonText   = 250
	maxCards        = 6
)

// readKeyboard reads a keyboard. What must be there is checked by the server, values are checked on the phone.
func readKeyboard(o *object, minAPI int) []Button {
	if o.text("Type") == "" || !o.Has("Buttons") {
		o.refuseSchema("keyboard", "Type", "Buttons")
	}
	if kind := o.text("Type"); kind != "" && kind != "keyboard" {
		o.onClient("keyboard.Type is not keyboard")
	}
	o.flag("DefaultHeight")
	o.colour("BgColor")
	o.choice("InputFieldState", "regular", "minimized", "hidden")
	o.since(4, minAPI, "InputFieldState")
	o.number("CustomDefaultHeight", 40, 70)
	o.number("HeightScale", 20, 100)
	o.since(3, minAPI, "CustomDefaultHeight", "HeightScale")
	o.number("ButtonsGroupColumns", 1, gridWidth) // for keyboards only in the tables of older pages
	o.number("ButtonsGroupRows", 1, 7)
	o.object("FavoritesMetadata").Free() // of bots with a favourites screen: whatever is in it
	buttons := readButtons(o, 2, minAPI)
	area := 0
	for _, b := range buttons {
		area += b.Columns * b.Rows
	}
	if len(buttons) == 0 || area > gridWidth*maxKeyboardRows {
		o.onClient("keyboard.Buttons: %d buttons with %d cells", len(buttons), area)
	}
	return buttons
}

func readRichMedia(o *object, m *Message) {
	o.need("rich_media")
	o.text("alt_text")
	card := o.object("rich_media")
	card.need("Type", "Buttons")
	if m.MinAPI < 2 {
		o.refuse(tooOld, "rich_media needs min_api_version 2")
	}
	card.choice("Type", "rich_media")
	columns := card.number("ButtonsGroupColumns", 1, gridWidth)
	rows := card.number("ButtonsGroupRows", 1, 7)
	card.colour("BgColor")
	m.Rich = readButtons(card, 7, m.MinAPI)
	area := 0
	for _, b := range m.Rich {
		area += b.Columns * b.Rows
		if columns > 0 && b.Columns > columns || rows > 0 && b.Rows > rows {
			o.onClient("rich_media: a button is larger than its card")
		}
	}
	if columns == 0 || rows == 0 || len(m.Rich) == 0 || area > columns*rows*maxCards {
		o.onClient("rich_media: a grid of %d x %d, %d buttons with %d cells", columns, rows, len(m.Rich), area)
	}
}

func readButtons(o *object, maxRows, minAPI int) []Button {
	var out []Button
	for _, b := range o.objects("Buttons") {
		out = append(out, readButton(b, maxRows, minAPI))
	}
	return out
}

func readButton(o *object, maxRows, minAPI int) Button {
	b := Button{Columns: gridWidth, Rows: 1, ActionType: replyText}
	if n := o.number("Columns", 1, gridWidth); n > 0 {
		b.Columns = n
	}
	if n := o.number("Rows", 1, maxRows); n > 0 {
		b.Rows = n
	}
	if kind := o.choice("ActionType", replyText, openURL, locationPicker, sharePhone, "none", "buy", "open-map"); kind != "" {
		b.ActionType = kind
	}
	b.ActionBody = o.text("ActionBody")
	b.Text = o.text("Text")
	b.Silent = o.flag("Silent")
	readAction(o, b, minAPI)
	readLook(o, b, minAPI)
	return b
}

func readAction(o *object, b Button, minAPI int) {
	if b.ActionBody == "" {
		o.refuseSchema(strings.TrimSuffix(o.path, "."), "ActionBody")
	}
	if b.ActionType == openURL && !isAddress(b.ActionBody) {
		o.onClient("%sActionBody is no address", o.path)
	}
	if (b.ActionType == sharePhone || b.ActionType == locationPicker) && minAPI < 3 {
		o.refuse(tooOld, "%sActionType: %s needs min_api_version 3", o.path, b.ActionType)
	}
	o.choice("OpenURLType", "internal", "external")
	o.choice("OpenURLMediaType", "not-media", "video", "gif", "picture", "audio")
	if o.Has("InternalBrowser") {
		browser := o.object("InternalBrowser")
		browser.choice("ActionButton", "forward", "send", "open-externally", "send-to-bot", "none")
		browser.choice("TitleType", "default", "domain")
		browser.choice("Mode", "fullscreen", "fullscreen-portrait", "fullscreen-landscape", "partial-size")
		browser.choice("FooterType", "default", "hidden")
		browser.short("CustomTitle", 15)
		browser.text("ActionPredefinedURL")
		browser.text("ActionReplyData")
	}
	if o.Has("Map") {
		place := o.object("Map")
		place.Value("Latitude") // written as a number and as a string
		place.Value("Longitude")
	}
	if o.Has("MediaPlayer") {
		player := o.object("MediaPlayer")
		for _, name := range []string{"Title", "Subtitle", "ThumbnailURL"} {
			player.text(name)
		}
		player.flag("Loop")
	}
	o.since(3, minAPI, "InternalBrowser")
	o.since(6, minAPI, "Map", "MediaPlayer", "Frame", "TextShouldFit")
}

func readLook(o *object, b Button, minAPI int) {
	o.short("Text", maxButtonText)
	o.choice("TextSize", "small", "regular", "large")
	o.choice("TextVAlign", "top", "middle", "bottom")
	o.choice("TextHAlign", "left", "center", "right")
	o.number("TextOpacity", 0, 100)
	o.Value("TextPaddings")
	o.since(4, minAPI, "TextPaddings")
	o.flag("TextShouldFit")
	o.colour("TextBgGradientColor")
	o.colour("BgColor")
	o.choice("BgMediaType", "picture", "gif")
	o.choice("BgMediaScaleType", "crop", "fill", "fit")
	o.choice("ImageScaleType", "crop", "fill", "fit")
	o.flag("BgLoop")
	for _, name := range []string{"BgMedia", "Image"} {
		if t := o.text(name); t != "" && !isWeb(t) {
			o.onClient("%s%s is no address", o.path, name)
		}
	}
	if o.Has("Frame") {
		frame := o.object("Frame")
		frame.number("BorderWidth", 0, 10)
		frame.number("CornerRadius", 0, 10)
		frame.colour("BorderColor")
	}
	if b.Text == "" && !o.Has("BgMedia") && !o.Has("Image") && !o.Has("BgColor") {
		o.onClient("%s has neither text nor picture nor colour", strings.TrimSuffix(o.path, "."))
	}
}

// refuseSchema refuses a keyboard that lacks one of the fields, in the words that people report.
func (o *object) refuseSchema(what string, names ...string) {
	var missing []string
	for _, name := range names {
		if v, ok := o.Value(name); !ok || v == "" {
			missing = append(missing, `"`+name+`"`)
		}
	}
	if len(missing) > 0 && o.wrong == nil {
		text := what + " is not valid. [object has missing required properties ([" + strings.Join(missing, ",") + "])]"
		o.wrong = &refusal{status: badData, text: text, why: text}
	}
}

// number reads a number that the phone wants within bounds; 0 when there is none.
func (o *object) number(name string, low, high int) int {
	n, ok := o.integer(name)
	if ok && (n < low || n > high) {
		o.onClient("%s%s is %d, not %d-%d", o.path, name, n, low, high)
	}
	return n
}

func (o *object) choice(name string, options ...string) string {
	t := o.text(name)
	if t != "" && !slices.Contains(options, t) {
		o.onClient("%s%s is none of %v", o.path, name, options)
	}
	return t
}

func (o *object) short(name string, limit int) {
	if n := length(o.text(name)); n > limit {
		o.onClient("%s%s has %d characters, at most %d", o.path, name, n, limit)
	}
}

func (o *object) colour(name string) {
	if t := o.text(name); t != "" && !hexColour.MatchString(t) {
		o.onClient("%s%s is no colour", o.path, name)
	}
}

var hexColour = regexp.MustCompile(`^#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$`)

// since refuses fields that the message's min_api_version does not promise.
func (o *object) since(version, minAPI int, names ...string) {
	for _, name := range names {
		if o.Has(name) && minAPI < version {
			o.refuse(tooOld, "%s%s needs min_api_version %d", o.path, name, version)
		}
	}
}
