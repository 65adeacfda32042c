package whatsappcloud

// What we send, field by field as in Meta's OpenAPI file (business-messaging-api_v23.0.yaml) and its examples.

// outgoing is one request to /messages. One of Text to Template is set, as Type says.
type outgoing struct {
	Product       string       `json:"messaging_product"`
	RecipientType string       `json:"recipient_type"`
	To            string       `json:"to,omitempty"`
	Recipient     string       `json:"recipient,omitempty"`
	Type          string       `json:"type"`
	Context       *reference   `json:"context,omitempty"`
	Tag           string       `json:"biz_opaque_callback_data,omitempty"` // comes back with every status
	Text          *text        `json:"text,omitempty"`
	Image         *linked      `json:"image,omitempty"`
	Document      *linked      `json:"document,omitempty"`
	Video         *linked      `json:"video,omitempty"`
	Audio         *linked      `json:"audio,omitempty"`
	Sticker       *linked      `json:"sticker,omitempty"`
	Location      *location    `json:"location,omitempty"`
	Interactive   *interactive `json:"interactive,omitempty"`
	Reaction      *reaction    `json:"reaction,omitempty"`
	Template      *template    `json:"template,omitempty"`
}

// pictured reports whether a message of words shows a picture.
func (m *outgoing) pictured() bool {
	return m.Image != nil || m.Interactive != nil && m.Interactive.Header != nil && m.Interactive.Header.Image != nil
}

const product = "whatsapp"

type reference struct {
	MessageID string `json:"message_id"`
}

type text struct {
	Body string `json:"body"`
	// Preview is never asked for: WhatsApp would fetch the address, and that looks like a person's click.
	Preview bool `json:"preview_url"`
}

// linked is a file that Meta fetches by its address, or has by an id.
type linked struct {
	Link     string `json:"link,omitempty"`
	ID       string `json:"id,omitempty"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"` // of sound: it was spoken
}

type location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
}

// uploaded is the answer to /media.
type uploaded struct {
	ID string `json:"id"`
}

type reaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"` // empty takes it back
}

type interactive struct {
	Type   string  `json:"type"` // button, list, cta_url
	Header *header `json:"header,omitempty"`
	Body   words   `json:"body"`
	Action action  `json:"action"`
}

type words struct {
	Text string `json:"text"`
}

type header struct {
	Type     string  `json:"type"`
	Image    *linked `json:"image,omitempty"`
	Document *linked `json:"document,omitempty"`
}

type action struct {
	Buttons    []replyButton `json:"buttons,omitempty"`
	Button     string        `json:"button,omitempty"` // of a list: what opens it
	Sections   []section     `json:"sections,omitempty"`
	Name       string        `json:"name,omitempty"`
	Parameters *linkButton   `json:"parameters,omitempty"`
}

type replyButton struct {
	Type  string `json:"type"`
	Reply choice `json:"reply"`
}

type choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type section struct {
	Rows []choice `json:"rows"`
}

type linkButton struct {
	Text string `json:"display_text"`
	URL  string `json:"url"`
}

type template struct {
	Name       string      `json:"name"`
	Language   language    `json:"language"`
	Components []component `json:"components,omitempty"`
}

type language struct {
	Code string `json:"code"`
}

type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type    string  `json:"type"`
	Name    string  `json:"parameter_name,omitempty"`
	Text    string  `json:"text,omitempty"`
	Payload string  `json:"payload,omitempty"`
	Image   *linked `json:"image,omitempty"`
}

// seenRequest tells WhatsApp that a person's message was read.
type seenRequest struct {
	Product   string `json:"messaging_product"`
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
}

// sent is the answer to /messages.
type sent struct {
	Messages []struct {
		ID     string `json:"id"`
		Status string `json:"message_status"` // of templates: accepted, held_for_quality_assessment, paused
	} `json:"messages"`
	Success bool `json:"success"` // of what is no message
}
