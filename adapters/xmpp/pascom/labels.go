package pascom

// maxLabels bounds the labels of one event.
const maxLabels = 16

// display joins the further text that is shown of a call (decision B17): the visible labels, among them the queue's name,
// and the word for a call to the own mailbox. A label without the attribute is visible.
func display(details string, labels []label) string {
	shown := ""
	for _, l := range labels {
		text := cleanText(l.display)
		if text == "" {
			text = cleanText(l.value)
		}
		if visible, ok := parseBool(l.visible); text == "" || l.visible != "" && ok && !visible {
			continue
		}
		shown = appendWord(shown, text)
	}
	if equalFoldASCII(trimSpace(details), detailMailbox) {
		shown = appendWord(shown, detailMailbox)
	}
	return truncateText(shown)
}

func appendWord(all, text string) string {
	if all == "" {
		return text
	}
	return all + ", " + text
}

func labelsOf(list *node) (all []label) {
	list.eachDescendant("Label", func(n *node) {
		if len(all) < maxLabels {
			all = append(all, label{n.childOrAttr("displayName"), n.childOrAttr("value"), n.childOrAttr("visible")})
		}
	})
	return all
}
