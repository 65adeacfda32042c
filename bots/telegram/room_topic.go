package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// maxTopicName is in characters: https://core.telegram.org/bots/api#createforumtopic.
const maxTopicName = 128

var topicMethods = map[bots.Act]string{
	bots.OpenTopicAct: "createForumTopic", bots.NameTopicAct: "editForumTopic", bots.CloseTopicAct: "closeForumTopic",
	bots.ReopenTopicAct: "reopenForumTopic", bots.DeleteTopicAct: "deleteForumTopic", bots.PinAct: "pinChatMessage",
}

// topicAct does something to a topic, or pins a message in it. What is so already is done. The receipt of one that was opened has its
// number as id.
func (r *Room) topicAct(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	params, err := topicParams(out)
	if err != nil {
		return bots.Receipt{}, err
	}
	var answer json.RawMessage // a topic, or true
	err = r.bot.call(ctx, r.bot.opt.Client, topicMethods[out.Act], params, &answer)
	if err != nil && !stands(out.Act, err) {
		return bots.Receipt{}, err
	}
	receipt := bots.Receipt{Chat: out.To.ID, Step: out.Step, Level: bots.Accepted, At: time.Now()}
	if out.Act != bots.OpenTopicAct {
		return receipt, nil
	}
	var made struct {
		Thread int64 `json:"message_thread_id"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.Thread == 0 {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain, Err: errors.New("the answer does not name the topic")}
	}
	receipt.ID = strconv.FormatInt(made.Thread, 10)
	return receipt, nil
}

func topicParams(out bots.Outgoing) (tgbotapi.Params, error) {
	chat, err := strconv.ParseInt(out.To.ID, 10, 64)
	if err != nil || chat == 0 {
		return nil, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no chat id")}
	}
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(chat, 10)}
	name := []rune(strings.TrimSpace(repaired(out.Text)))
	switch {
	case out.Act == bots.PinAct:
		p["message_id"], p["disable_notification"] = out.On, "true"
	case out.Act != bots.OpenTopicAct:
		p["message_thread_id"] = out.Thread
	}
	if out.Act == bots.OpenTopicAct || out.Act == bots.NameTopicAct {
		if len(name) == 0 {
			return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("a topic needs a name")}
		}
		p["name"] = string(name[:min(len(name), maxTopicName)])
	}
	if id := p["message_thread_id"] + p["message_id"]; out.Act != bots.OpenTopicAct && id == "" {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("it does not say what is done to which topic or message")}
	}
	return p, nil
}

// stands reports whether Telegram refused because it is so already. A topic that is gone cannot be deleted again.
func stands(act bots.Act, err error) bool {
	if bots.FaultOf(err).Code != "400" {
		return false
	}
	said := strings.ToLower(err.Error())
	return strings.Contains(said, "topic_not_modified") || act == bots.DeleteTopicAct && wordOf(said, "") == bots.NoTopic
}

// refusals are words of Telegram about topics and what a bot may do, and ours for them. Telegram's are not documented: they are what
// github.com/tdlib/telegram-bot-api and github.com/tdlib/td say, hence the loose match.
var refusals = []struct{ said, word string }{
	{"message thread not found", bots.NoTopic},
	{"topic_deleted", bots.NoTopic},
	{"topic_id_invalid", bots.NoTopic},
	{"topic_closed", bots.TopicShut},
	{"not a forum", bots.NoForum},
	{"channel_forum_missing", bots.NoForum},
	{"not enough rights", bots.NoRights},
	{"chat_admin_required", bots.NoRights},
	{"need administrator rights", bots.NoRights},
	{"have no rights", bots.NoRights},
	{"chat_write_forbidden", bots.NoRights},
}

func wordOf(said, thread string) string {
	for _, r := range refusals {
		if !strings.Contains(said, r.said) {
			continue
		}
		if r.word == bots.TopicShut && thread == "" {
			return bots.GeneralShut
		}
		return r.word
	}
	return ""
}

// refusal gives what Telegram refused in a group the word by which others know what to do. All of them are about this one post: the lane
// goes on, and whoever posts decides what comes instead.
func refusal(out bots.Outgoing, err error) error {
	if err == nil {
		return nil
	}
	fault := bots.FaultOf(err)
	if fault.Code != "400" && fault.Code != "403" {
		return err
	}
	word := wordOf(strings.ToLower(err.Error()), out.Thread)
	if word == "" {
		return err
	}
	return &bots.SendError{Fault: bots.Rejected, Code: word, Err: err}
}

// AnswerPress tells whoever pressed a button of the group's what came of it: for a moment, or, as an alert, until they close it. Nobody else
// sees it. A press that is older than a minute or so cannot be answered any more, which is no error.
func (b *Bot) AnswerPress(ctx context.Context, query, text string, alert bool) error {
	ctx, cancel := context.WithTimeout(ctx, quickTimeout)
	defer cancel()
	params := tgbotapi.Params{"callback_query_id": query}
	if words := []rune(repaired(text)); len(words) > 0 {
		params["text"] = string(words[:min(len(words), maxToast)])
	}
	if alert {
		params["show_alert"] = "true"
	}
	var done bool
	err := b.call(ctx, b.opt.Client, "answerCallbackQuery", params, &done)
	if err != nil && strings.Contains(err.Error(), "query is too old") {
		return nil
	}
	return err
}
