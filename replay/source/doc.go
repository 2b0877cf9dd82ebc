// Package source reads what was captured as the records of one timeline: a trace (ndjson), an archive of offhook trace
// stop, a bare file of stanzas, the log of an XML stream, or a debug log, each plain or gzipped, from files or from standard
// input. The content says what a file is, not its name. The package reads only: it neither knows what a stanza means nor
// runs the engine, and its caller passes the function that splits XML into stanzas. It bounds what a hostile file can cost:
// the size of an archive and of its unpacked content, the length of a line and of a stanza. Begin reading at [Input].
package source
