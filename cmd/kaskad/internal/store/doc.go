// Package store keeps everything Kaskad knows in one bbolt file.
//
// It is for fallback.Store: every method is one transaction, on disk when it returns. The journeys themselves are in package
// fallback; here is where their records lie, and how many of them share one commit.
//
// # Writing
//
// There is one writer goroutine (writer.go, batch.go). Operations queue; what queued while a commit was made durable goes into
// the next one together, and each caller returns after the commit that has its own. An operation runs first in a worker (op.go),
// on the last durable state (snapshot.go), and notes what it read (tx.go); the writer puts its write set (set.go) if nothing of
// that has changed since (versions.go), and else runs it once more itself. Encoding and rules therefore cost the writer
// nothing, and the outcome is that of one transaction after the other. An operation that fails or panics leaves the others of
// its commit alone: only sets that came to their end are put.
//
// A full or read-only disk refuses commits (ErrFull, ErrReadOnly) and changes nothing. Any other error of a commit, and a panic
// of bbolt, ends the store: ErrFailed for everyone from then on, also for who waits already, and Failed tells the program.
//
// # Reading
//
// Readers share one read transaction of the last durable commit (snapshot.go, which also says why goroutines may share it).
// Whoever has one never begins a second: the writer, when it has to map more of the file, and Close wait for the first.
//
// # Layout
//
// Hot paths touch only keys that grow, or the current small generation (generations.go) of a table whose keys come in any
// order. Ids and numbers are big endian, times are microseconds.
//
//	bucket       key                               value                                     file
//	meta         names                             schema, last id, counters, current generations; test, in one of test keys;
//	                                               freed: since when the file has deleted records in it  freed.go
//	d            delivery                          what was accepted; never changes          plans.go
//	s            delivery or message               where it stands: small, rewritten         statuses.go
//	m            message                           words, chat, the one before; never changes  messages.go
//	a            message, number                   one attempt and its outcome               attempts.go
//	due          lane, 0, due, delivery            none; may be stale, dropped when met      lanes.go
//	final        state, time, delivery             none; in order of finishing               statuses.go
//	changes      number                            a line of the outbox                      changes.go
//	contacts     contact                           a person                                  contacts.go
//	places       kind, name, contact               heard there since                         places.go
//	newest       "no", number, time, mark, contact  whose no was said last at a number        newest.go
//	             "heard", …                        who was heard last there
//	heads        contact                           head of a conversation                    heads.go
//	activity     state, last activity, contact     none                                      heads.go
//	headlog      number                            a head that is not in heads yet           heads.go
//	links        token                             who opens the bot with it                 links.go
//	linkends     end, token                        none                                      links.go
//	hearing      channel                           until when we heard it, its gaps          hearing.go
//	pauses       begin, scope                      a stop of sending                         hearing.go
//	spent        day                               money                                     once.go
//	quarantine   number                            an event no rule could take               quarantine.go
//	settings     name                              bytes of ours                             settings.go
//	             "journal"                         number and sum of the line it knows last  journal_follow.go
//	             "journal lost"                    the journal may lack what the store knows journal_write.go
//	             "dropped messages"                up to which id messages may be gone       retain.go
//	             "dropped deliveries"              the same of deliveries                    retain.go
//	             "dropped list …"                  the last block of a list that was dropped retain_lists.go
//	records      kind, id                          bytes of people and keys                  settings.go
//	             "word", number                    the last yes or no said through it        words.go
//	             "source", code                    where people come from                    sources.go
//	             "came", contact, code             how far a person came by a source         sources.go
//	             "funnel", code, day, channel      how many came how far; two years          sources.go
//	             "recruits", day                   what the links in texts did               sources.go
//	             "codes", keyed hash               how many one-time codes went to a phone; dropped by claims_drop.go   claims.go
//	             "hold", id                        a hold of a region                        holds.go
//	             "erased", contact                 that a person was erased, and no more     erased.go
//	             "erasing", contact                what is left to do of an erase            erase.go
//	             "no", keyed hash of a name        a no that outlives its person             erased.go
//	             "former", name, contact           which stranger it named before            formers.go
//	             "not same", contact, contact      two who are two people                    duplicates.go
//	             "merge", contact                  how it was absorbed, to undo it           merges.go
//	             "into", contact                   by whom                                   merges.go
//	             "written", channel                how many it wrote to first, on which day  written.go
//	cursors      consumer                          how far it read the outbox                changes.go
//	             "journal"                         up to which change the journal was written journal_write.go
//
// In generations: the current one is a table in memory with a log on disk, to which a commit adds all its entries at once; a full
// one is sorted beside the writer, and a later commit seals it: a block that is never written again, with a Bloom filter, instead
// of its log (seal.go):
//
//	bycontact    contact, delivery                 hash of template and data                 plans.go
//	bymetadata   hash of key and value, delivery   none                                      plans.go
//	talk         contact, message                  none                                      messages.go
//	provider     sender, chat, id                  message                                   proofs.go
//	lastsent     chat                              newest message of ours                    messages.go
//	keys         hash of an idempotency key        delivery, hash of the request; 7 days     once.go
//	seen         hash of an event's id             1, or 0 to take it again; 8 days          once.go
//	counts       contact, id                       time of a marketing delivery; 8 days      once.go
//	orphans      hash of a channel's id or chat    a proof before its message; 48 hours      proofs.go
//	gens         table, full generation            its size and times                        generations.go
//	logs         table, generation not sealed      entries in the order of commits           genlog.go
//	filter       table, sealed generation          its Bloom filter                          filter.go
//
// Names of lanes, and the numbers of states, outcomes, levels and faults, are on disk: they are only ever added to.
//
// # Memory
//
//	what                        lost at a crash          back how
//	queued operations           all; nobody was told     callers ask again
//	versions (versions.go)      all                      not needed: no operation is half done
//	last id handed out          ids of nothing on disk   last id of the last commit
//	last change                 nothing                  meta, written in the same commit
//	lists of generations        nothing                  gens and meta: one record for each generation
//	generations not sealed      nothing                  their logs, read when the file is opened: the current one and
//	                                                     seldom more, each is small
//	a block being sorted        all                      sorted again when the file is opened
//	filters of generations      nothing                  filter, when a lookup first wants them
//	dirty heads                 nothing                  headlog, emptied each second
//	holds of regions            nothing                  records, read when one was written
//	who was absorbed            nothing                  the same
//	snapshot                    nothing                  the file
//
// It never holds a transaction across a network call, keeps no timer for a deadline, and knows no rule of a cascade.
package store
