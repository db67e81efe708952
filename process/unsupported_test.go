//go:build (!unix && !windows) || ios

package process_test

import (
	"errors"
	"testing"

	"example.com/future/process"
)

func TestAPlatformWithoutProcessesSaysSo(t *testing.T) {
	process.Main() // returns
	if _, err := process.NewPool(1); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("NewPool returns %v", err)
	}
}
