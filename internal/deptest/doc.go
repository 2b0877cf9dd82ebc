// Package deptest is the import law of offhook as a table and a test: who may import whom, and why.
package deptest
