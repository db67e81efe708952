package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
)

func TestColoursAreSeenOnLightAndOnDarkPages(t *testing.T) {
	for _, page := range []color.RGBA{{0xff, 0xff, 0xff, 0xff}, {0x0d, 0x11, 0x17, 0xff}} {
		for _, c := range []color.RGBA{ownColour, otherColour, goalColour, wordColour, thirdColour} {
			if got := contrast(c, page); got < 3 {
				t.Errorf("%v on %v has a contrast of %.2f", c, page, got)
			}
		}
	}
}

// contrast is that of the Web Content Accessibility Guidelines.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// texts returns what an SVG says, and fails unless it is one.
func texts(t *testing.T, svg []byte) string {
	t.Helper()
	var said strings.Builder
	depth := 0
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return said.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 && token.Name.Local != "svg" {
				t.Fatal("not a picture but", token.Name.Local)
			}
			if token.Name.Local == "rect" {
				t.Error("it has a background")
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			said.WriteString(strings.TrimSpace(string(token)) + "\n")
		}
	}
}

func TestALaneSaysWhoAndHowMuch(t *testing.T) {
	var svg bytes.Buffer
	if err := WriteLanes(&svg, Chart{Axis: "the axis", Base: true, Groups: []Group{
		{Title: "first", Goal: 0.5, Lanes: []Lane{
			{Label: "ours", Own: true, From: 1, To: 0.4, Low: 0.3, High: 0.6, Value: "0.40"},
			{Label: "theirs", From: 1, To: 30, Value: "30.0"},
		}},
		{Title: "second", Lanes: []Lane{{Label: "all", From: 2, To: 9, Marks: []float64{2, 3, 9}, Value: "2 · 3 · 9"}}},
		{Title: "none"},
	}}); err != nil {
		t.Fatal(err)
	}
	said := texts(t, svg.Bytes())
	for _, word := range []string{"the axis", "first", "second", "none", "ours", "theirs", "0.40", "30.0", "all", "2 · 3 · 9"} {
		if !strings.Contains(said, word+"\n") {
			t.Errorf("it does not say %q", word)
		}
	}
	if !strings.Contains(svg.String(), "sans-serif") {
		t.Error("it names no font that everyone has")
	}
}

func TestCurvesHaveTheirAxesAndLines(t *testing.T) {
	points := plotter.XYs{{X: 1, Y: 30}, {X: 1000, Y: 50}, {X: 1_000_000, Y: 70_000}}
	panel := Panel{Title: "the title", X: "n", Y: "ns", Lines: []Line{{"future", points}, {"by hand", points[:2]}}}
	var svg bytes.Buffer
	if err := WriteCurves(&svg, []Panel{panel, panel, panel}); err != nil {
		t.Fatal(err)
	}
	said := texts(t, svg.Bytes())
	for _, word := range []string{"the title", "n", "ns", "future", "by hand", "1", "1k", "1M", "10", "100k"} {
		if got := strings.Count("\n"+said, "\n"+word+"\n"); got < 3 {
			t.Errorf("it says %q %d times", word, got)
		}
	}
}

func TestShortNumbers(t *testing.T) {
	for v, want := range map[float64]string{0.1: "0.1", 1: "1", 999: "999", 1000: "1k", 2_500_000: "2.5M", 1e9: "1G"} {
		if got := short(v); got != want {
			t.Errorf("%v is %q", v, got)
		}
	}
}
