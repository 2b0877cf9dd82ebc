// Package doctest holds the documents to the tree: citations to records, links to pages and headings, paths to files.
package doctest
