package pascom

// maxLabels bounds the labels of one event.
const maxLabels = 16

// display joins what else there is to show of a call (decision B17): the visible labels, among them the queue's name,
// and the word for a call to the own mailbox. A label that does not say whether it is visible is.
func display(details string, labels []label) string {
	shown := ""
	for _, l := range labels {
		text := clean(l.display)
		if text == "" {
			text = clean(l.value)
		}
		if visible, ok := truth(l.visible); text == "" || l.visible != "" && ok && !visible {
			continue
		}
		shown = joined(shown, text)
	}
	if sameFold(trim(details), detailMailbox) {
		shown = joined(shown, detailMailbox)
	}
	return cut(shown)
}

func joined(all, text string) string {
	if all == "" {
		return text
	}
	return all + ", " + text
}

func labelsOf(list *node) (all []label) {
	list.each("Label", func(n *node) {
		if len(all) < maxLabels {
			all = append(all, label{n.value("displayName"), n.value("value"), n.value("visible")})
		}
	})
	return all
}
