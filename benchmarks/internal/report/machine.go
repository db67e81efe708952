package report

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"example.com/future/benchmarks/internal/rows"
)

// A Machine is where something was measured, and when. What a system does not tell is
// left empty.
type Machine struct {
	CPU     string
	Cores   int
	Memory  uint64 // bytes
	System  string
	Go      string
	Commit  string // says dirty if files differ from it
	Load    string // before anything was measured
	Date    time.Time
	Modules map[string]string // versions, by path
}

// Here returns this machine, now.
func Here() Machine {
	m := Machine{
		CPU:     field("/proc/cpuinfo", "model name", ":"),
		Cores:   runtime.GOMAXPROCS(0),
		System:  runtime.GOOS + "/" + runtime.GOARCH,
		Go:      runtime.Version(),
		Date:    time.Now().UTC(),
		Modules: make(map[string]string),
	}
	if m.CPU == "" {
		m.CPU = runtime.GOARCH
	}
	if kib, _, ok := strings.Cut(field("/proc/meminfo", "MemTotal", ":"), " "); ok {
		if n, err := strconv.ParseUint(kib, 10, 64); err == nil {
			m.Memory = n << 10
		}
	}
	if name := strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`); name != "" {
		m.System += ", " + name
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += ", kernel " + strings.TrimSpace(string(kernel))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	if commit, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(commit))
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			m.Modules[dep.Path] = dep.Version
		}
	}
	return m
}

// Version returns the version of the module that a side comes from, "" if it has none.
func (m Machine) Version(side string) string { return m.Modules[rows.Modules[side]] }

// gibibytes writes the memory.
func (m Machine) gibibytes() string { return fmt.Sprintf("%.1f GiB", float64(m.Memory)/(1<<30)) }

// field finds the value of a key in a file of lines; "" if there is none.
func field(path, key, separator string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), separator); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
