package fallbacktest

import (
	"maps"
	"slices"
	"testing"
)

// Conform checks the cascade part of what every store must do, as stories on a store of their own each. Open makes an empty one
// inside the story's bubble (testing/synctest) and closes it with the test.
func Conform(t *testing.T, open func(*testing.T) Store) {
	parts := []map[string]func(*script){
		proofStories, orphanStories, faultStories, holdStories, gapStories, noStories, numberStories, peopleStories,
		answerStories, storeStories, staffStories, taskStories, taskEndStories, memberStories, teamStories, roomStories, offerStories, postStories, wishStories, behindStories, gateStories,
		sameStories, renumberedStories, bothStories, ownerStories, namedStories, leftStories, adsStories, freeStories,
		actStories, toldStories, followedStories, togetherStories, wayStories, relinkStories, codeStories, codeBoundStories, codeMaskStories, prooflessStories, consentStories,
		regionStories, dayStories, dialogueStories, erasedStories, eraseStories, eraseMergedStories, eraseFormerStories, mergeStories, mergedStories, unmergedStories, undoneStories, frequencyStories,
		keptStories, topicStories, topicMergedStories, deskStories, carryStories, commandStories, adsHoldStories, waitStories, digestStories, limitedStories, ticketStories, ticketAstrayStories, groupStories,
	}
	for _, part := range parts {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			t.Run(name, func(t *testing.T) { play(t, open, part[name]) })
		}
	}
}
