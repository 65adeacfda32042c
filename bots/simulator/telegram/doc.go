// Package telegram is a Telegram Bot API server on the loopback interface, with people in it.
//
// It is for tests, for test keys and for `kaskad demo`: one bot, private chats, groups, and people who are told what to do
// (Start, Say, Press, …) or have Habits of their own. It speaks the real wire protocol and is as strict as the real server,
// with its error texts; it shares no code with our adapter, because it would share the adapter's mistakes.
//
// What it keeps: everything, in memory, until Close: people, chats, files, unconfirmed updates, and every call that was made.
// Options.Keep bounds that. Of calls with a wrong token only the first few are kept, without what was in them.
//
// What it never does: leave the machine (webhooks go to loopback addresses only), tell the bot that a message was read (the
// real one does not either), write to a disk, or outlive Close.
//
// # A room with topics
//
// Group{Forum: true} is a supergroup with topics that the bot administers with all rights; SetRights, Demote, SetForum and
// SetForbidden change that. People write in it (WriteIn, with Said.Thread), react (ReactIn), open, name, close and delete topics, come
// and go (Join, Leave, Remove). A topic's thread is the id of the service message it began with, as in the real thing; General is
// 0 in a Message and a Topic, and 1 where people close it. Topics, General and Chat show the room as its people see it; WaitTopic,
// WaitIn and WaitEmoji wait for it. Message ids of a forum begin with 2: 1 is General's.
//
// # Time
//
// Options.Now is the clock of dates, rates and expiry (updates 24 h, button presses 150 s). A clock that stands still never
// refills a rate. Delays (habits, faults, webhook retries) run on the machine's clock, divided by Options.Speed. So does the
// brake on polling, which the real server has too: the same offset again within half a second gets one update, within three
// seconds a time-out of at least three. A test that polls twice by hand should move its offset.
//
// # Where it deviates from the real thing
//
//   - Private chats, groups and forums: no channels, inline mode, topics in private chats.
//   - Privacy mode: a /command without @name is heard, as in a group with no other bot. 20 messages a minute in a group are a bucket
//     of 20, or, with Options.GroupStrict, a bound of every minute that counts edits too; the one-a-second of private chats is not
//     asked of groups. A new topic costs as much as a message, since it posts one; other service messages cost nothing here, and
//     what they cost in the real thing is not known. Nor is it known whether edits count: GroupStrict takes the worse for true.
//   - Rights: only those of the bot are asked for, and what Forbidden forbids. People do what administrators do when they are named
//     in Group.Admins, or when nobody is. A bot that is no administrator opens no topics and pins nothing, whatever members may.
//   - Members: a bot that is added or removed hears my_chat_member only, not the service message beside it. Anonymous
//     administrators do not react, and there is no message_reaction_count.
//   - A deleted topic: a message to it is refused as "message thread not found", as the real server does [source]; to change it
//     is refused as TOPIC_DELETED, and one that never was as TOPIC_ID_INVALID [seen by others, not confirmed]. Some have seen
//     TOPIC_DELETED for messages as well: Fault.Text plays it. TOPIC_CLOSED for messages [seen], and that who manages topics or
//     made this one may write there all the same [source], TOPIC_NOT_MODIFIED [source], "not enough rights to …" and "the chat
//     is not a forum" [source].
//   - Topics: what is posted while they are off stands in General when they are on again. Hiding General posts one service
//     message, not a second one that it was closed. A name that is too long is cut [source]; an icon colour that is none of the
//     six is refused in the words for one that is no colour, where the real words are not known.
//   - Files: whatever is sent by its address has made-up content, so has what people send unless Said.Content is set. Thumbnails,
//     more than one size of a photo, and the true sizes and lengths of pictures and sounds are missing. A file id of one kind
//     does for another, but for photos and stickers. Links do not end after an hour.
//   - Albums: the parts arrive one after the other in one moment. What may not be mixed is refused with one text for all
//     cases. Copies of nothing: "there are no messages to forward" [not confirmed].
//   - request_chat: the bot hears my_chat_member before chat_shared [order not confirmed]. That the bot may not get rights which
//     the person need not have is said in words of our own.
//   - A group that became a supergroup keeps its messages under their old ids in the old chat, and begins empty in the new one.
//   - Photos by address are not fetched: whatever looks like one is taken, unless a fault says otherwise (Unfetched).
//   - Methods: those in the table of methods.go. Others answer 404 as an unknown method does.
//   - Webhooks may use plain http and any port, but only on a loopback address. HTTP 410 does not remove a webhook.
//   - The wait on 403 "bot can't initiate conversation" is for people known to the simulator who never wrote; the real server
//     says "chat not found" for most of them. Ids it does not know are "chat not found".
//   - HTML: an unknown named entity such as &nbsp; is refused with 400, where the real server shows it as it stands; see
//     Options.LaxEntities. MarkdownV2 and Markdown are refused with a 400 that says so.
//   - A button with two actions is refused; the real server takes the first one it knows.
//   - Rates: the real numbers are secret. Here: 30 a second for all, one a second per chat after a burst of 5, sends only.
//   - Entities are kept as sent; links and hashtags in a text are not found by themselves. In what people write a leading /command
//     and each @username are, whether somebody has that name or not.
//   - An answered callback query cannot be answered again, and none can after 150 s.
//   - Message ids count per chat from 1. In the real thing they only are unique per chat.
package telegram
