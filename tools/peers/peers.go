// Package peers pins, with checksums, the programs that tests and benchmarks compare Holdfast with.
package peers

import _ "github.com/restic/restic/cmd/restic"
