#!/usr/bin/env python3
"""page.py FILE: is this page well-formed, whole in itself, without script, with nothing invisible?

Silence is success.
"""
import re
import sys
import xml.etree.ElementTree
from html.parser import HTMLParser

ELEMENTS = """html head meta title style body main header footer nav section div h1 h2 h3 h4 p a b bdi
	code pre ul li dl dt dd table thead tbody tfoot tr th td small span article svg rect""".split()
INVISIBLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"


class Browser(HTMLParser):
	"""Counts the elements that HTML's own rules see."""
	count = 0

	def handle_starttag(self, tag, attributes):
		self.count += 1


def check(text):
	assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
	assert not re.search(INVISIBLE, text)
	root = xml.etree.ElementTree.fromstring(text)
	elements = list(root.iter())
	assert {e.tag for e in elements} <= set(ELEMENTS), {e.tag for e in elements} - set(ELEMENTS)
	ids = [e.get("id") for e in elements if e.get("id")]
	assert len(ids) == len(set(ids)), "an id stands twice"
	for element in elements:
		for name, value in element.items():
			assert not name.startswith("on") and name not in ("src", "style"), name
			if name == "href":
				assert value[0] == "#" and value[1:] in ids, value
	style = root.find("head/style").text
	assert "url(" not in style and "@import" not in style
	assert "prefers-color-scheme:dark" in style and "@media print" in style
	browser = Browser()
	browser.feed(text)
	assert browser.count == len(elements), (browser.count, len(elements))


with open(sys.argv[1], encoding="utf-8", newline="") as page:
	check(page.read())
