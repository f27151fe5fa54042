// Package minio pins, with checksums, the S3 server that the tests write to.
package minio

import _ "github.com/minio/minio"
