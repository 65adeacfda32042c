package fallback

// What somebody of the team does in the room, as the audit calls it (Audited.Act). The same words are the Data of the buttons; behind a
// colon a button may carry an argument: "snooze:2h".
const (
	ActReply     = "reply"      // Detail: "also:NAME", or "assigned:NAME", when somebody else is at it, too
	ActCopy      = "copy"       // a file that was handed on as it is
	ActUndo      = "undo"       // a reply that had not gone yet
	ActEdit      = "edit"       // of what went out, or was held
	ActTakeBack  = "take_back"  // of what went out
	ActTake      = "take"       // the conversation is theirs
	ActRelease   = "release"    // it is nobody's
	ActAssign    = "assign"     // Detail: whose it is; empty: nobody's
	ActClose     = "close"      // also when the topic was closed in the group
	ActOpen      = "open"       // the same of a topic that was opened again
	ActSnooze    = "snooze"     // Detail: until when, as RFC 3339
	ActNote      = "note"       // Detail: its words
	ActShowPhone = "show_phone" // Query: where it is shown
	ActWho       = "who"
	ActHistory   = "history" // Detail: how many messages, a number
	ActCascade   = "cascade"
	ActTemplate  = "template"   // Detail: its name
	ActSend      = "send"       // Detail: the channel
	ActPause     = "pause"      // Detail: until when, as RFC 3339; empty: the pause is over
	ActAway      = "away"       // Detail: until when they are not there, as RFC 3339; empty: they are
	ActHelp      = "help"       // Detail: the command that nobody knows; empty: it was asked for
	ActOpenTopic = "open_topic" // a conversation that stood in a digest: it has a topic from now on, and is theirs
	ActSMS       = PressSMS
	ActTransfer  = "transfer" // Detail: the group that has it from now on
	ActChoose    = "choose"   // a ticket: what is written next goes there
	ActTickets   = "tickets"  // their list was asked for
)

// Why something was not done (Audited.Refused).
const (
	RefusedNotStaff    = "not_staff"    // whoever did it is not of the team
	RefusedOtherGroup  = "not_of_group" // whoever did it is of the team, and answers in other groups
	RefusedNoTopic     = "no_topic"     // it was not done in a topic, nor to a message about a customer
	RefusedNobody      = "nobody"       // whom it is about is not there any more
	RefusedNothingHeld = "nothing_held" // there is nothing that has not gone yet
	RefusedNotYours    = "not_yours"    // it is somebody else's message
	RefusedTooLate     = "too_late"     // the channel lets nobody change it any more
	RefusedUnderWay    = "under_way"    // it is being handed to the channel just now: in a moment it can be changed or taken back there
	RefusedCannot      = "channel_cannot"
	RefusedFixed       = "not_editable"    // words beside buttons, links or files: they can be taken back
	RefusedChannel     = "unknown_channel" // Detail: the word
	RefusedOff         = "channel_off"
	RefusedNoPlace     = "no_place"         // the person cannot be reached there
	RefusedName        = "unknown_name"     // Detail: the name
	RefusedTime        = "bad_time"         // Detail: what was written
	RefusedEmpty       = "empty"            // there is nothing to send
	RefusedTooLong     = "text_too_long"    // for that channel
	RefusedMedia       = "media_channel"    // a file cannot go there; its words have, if it had any
	RefusedTemplate    = "bad_template"     // Detail: why
	RefusedNoTemplate  = "unknown_template" // Detail: the name, and the nearest one that there is
	RefusedNoTalk      = "nobody_wrote"     // there is no conversation yet
	RefusedDigest      = "digest"           // nothing goes to anybody from a digest
	RefusedTaken       = "taken"            // Detail: by whom
	RefusedElsewhere   = "elsewhere"        // another group has the conversation; Detail: its name
	RefusedGroup       = "unknown_group"    // Detail: the names of those that there are
	RefusedNoReply     = "no_reply"         // it has to answer the message that is meant
	RefusedNotDone     = "not_possible"     // Detail: why, in words
	RefusedWhich       = "which_ticket"     // nobody can tell which ticket was meant
	RefusedTicket      = "no_ticket"        // Detail: a number of which nothing was shown to whoever wrote it
)
