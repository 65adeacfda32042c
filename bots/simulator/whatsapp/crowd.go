package whatsapp

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// AddGroup makes a group, and is its address. Customers write to it like to a person.
func (s *Server) AddGroup(phones ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	group := types.NewJID("120363"+fmt.Sprintf("%012d", s.serial), types.GroupServer)
	for _, phone := range phones {
		a, err := s.find(phone)
		if err != nil {
			return "", err
		}
		s.groups[group] = append(s.groups[group], a)
	}
	return group.String(), nil
}

// groupQuery tells a member who is in a group. The caller holds s.mu.
func (s *Server) groupQuery(d *device, n *binary.Node) answer {
	group := jid(n.Attrs, "to")
	members := s.groups[group]
	if !slices.Contains(members, d.of) {
		return reply(iqError(n, 403))
	}
	var list []binary.Node
	for _, a := range members {
		list = append(list, binary.Node{Tag: "participant", Attrs: binary.Attrs{"jid": a.pn(0), "lid": a.hidden(0)}})
	}
	return reply(result(n, binary.Node{Tag: "group", Content: list, Attrs: binary.Attrs{
		"id": group.User, "creation": s.now(), "subject": "A group", "size": strconv.Itoa(len(list)), "addressing_mode": "pn",
	}}))
}

// statusQuery tells a client who sees what it posts: everybody. The caller holds s.mu.
func (s *Server) statusQuery(d *device, n *binary.Node) answer {
	var list []binary.Node
	for _, a := range s.accounts {
		if a != d.of {
			list = append(list, binary.Node{Tag: "user", Attrs: binary.Attrs{"jid": a.pn(0)}})
		}
	}
	return reply(result(n, binary.Node{Tag: "privacy", Content: []binary.Node{
		{Tag: "list", Attrs: binary.Attrs{"type": "whitelist"}, Content: list},
	}}))
}

// crowded says that a copy is of a message to many: from the group, with its writer beside it.
func (d *device) crowded(attrs binary.Attrs, group types.JID) {
	attrs["from"], attrs["participant"] = group, d.of.pn(d.id)
	attrs["participant_lid"] = d.of.hidden(d.id)
}

func isCrowd(to types.JID) bool {
	return to.Server == types.GroupServer || to.Server == types.BroadcastServer
}

// PostStatus posts a text that disappears after a day, to everybody.
func (c *Customer) PostStatus(ctx context.Context, text string) (string, error) {
	return c.Send(ctx, types.StatusBroadcastJID.String(), &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &text}})
}

// Newsletter brings a text of a channel to all devices of an account. It is not encrypted.
func (s *Server) Newsletter(phone, text string) error {
	plain, err := proto.Marshal(&waE2E.Message{Conversation: &text})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil {
		return err
	}
	s.tell(a, nil, binary.Node{
		Tag: "message", Content: []binary.Node{{Tag: "plaintext", Content: plain}},
		Attrs: binary.Attrs{
			"from": types.NewJID("120363000000000001", types.NewsletterServer), "id": s.newID("3EB0"), "server_id": "101", "t": s.now(), "type": "text",
		},
	})
	return nil
}

// ShareHistory sends the account's other devices what was said in a chat before they were paired, as a phone does after pairing.
func (c *Customer) ShareHistory(ctx context.Context, with string, texts ...string) error {
	chat := jidOf(with).String()
	conversation := &waHistorySync.Conversation{ID: &chat}
	for i, text := range texts {
		conversation.Messages = append(conversation.Messages, &waHistorySync.HistorySyncMsg{Message: &waWeb.WebMessageInfo{
			Key:              &waCommon.MessageKey{RemoteJID: &chat, FromMe: proto.Bool(false), ID: proto.String(fmt.Sprintf("3EB0HISTORY%06d", i))},
			Message:          &waE2E.Message{Conversation: &text},
			MessageTimestamp: proto.Uint64(uint64(c.s.opt.Now().Unix())),
		}})
	}
	data, err := proto.Marshal(&waHistorySync.HistorySync{
		SyncType: waHistorySync.HistorySync_INITIAL_BOOTSTRAP.Enum(), Conversations: []*waHistorySync.Conversation{conversation},
	})
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = c.Send(ctx, c.phone, &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(),
		HistorySyncNotification: &waE2E.HistorySyncNotification{
			SyncType:                          waE2E.HistorySyncType_INITIAL_BOOTSTRAP.Enum(),
			InitialHistBootstrapInlinePayload: packed.Bytes(),
		},
	}})
	return err
}

// crowdOf is the address of a group or of statuses, if it is one.
func crowdOf(to string) (types.JID, bool) {
	if user, ok := strings.CutSuffix(to, "@"+types.GroupServer); ok {
		return types.NewJID(user, types.GroupServer), true
	}
	if to == types.StatusBroadcastJID.String() {
		return types.StatusBroadcastJID, true
	}
	return types.JID{}, false
}
