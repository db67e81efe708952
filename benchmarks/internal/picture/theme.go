// Package picture draws what was measured, so that it can be read on a light page and
// on a dark one: the background is left out, and every colour lies between both.
package picture

import (
	"bytes"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The colours of this package, of what it is compared with, of goals, and of words.
var (
	ownColour   = color.RGBA{0x1f, 0x7a, 0xe0, 0xff}
	otherColour = color.RGBA{0x8b, 0x94, 0x9e, 0xff}
	goalColour  = color.RGBA{0xc4, 0x62, 0x1c, 0xff}
	wordColour  = color.RGBA{0x74, 0x7d, 0x88, 0xff}
	thirdColour = color.RGBA{0x2c, 0x8a, 0x4b, 0xff}
)

const (
	wordSize  = vg.Length(10)
	titleSize = vg.Length(11)
)

// style is how words are written.
func style(size vg.Length, bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = 3 // as x/image/font counts
	}
	return text.Style{Color: wordColour, Font: f, Handler: plot.DefaultTextHandler}
}

// newPlot returns an empty plot in the colours of this package.
func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.Title.TextStyle = style(titleSize, true)
	p.Title.Padding = 6
	p.Legend.TextStyle = style(wordSize, false)
	p.Legend.Padding = 2
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color = wordColour
		axis.Width = 0.5
		axis.Label.TextStyle = style(wordSize, false)
		axis.Tick.Label.Color = wordColour
		axis.Tick.Label.Font = style(wordSize, false).Font
		axis.Tick.Color = wordColour
		axis.Tick.Width = 0.5
		axis.Tick.Length = 4
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.XAlign, axis.Label.TextStyle.YAlign = text.XCenter, text.YBottom
	}
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XCenter, text.YTop
	p.Y.Tick.Label.XAlign, p.Y.Tick.Label.YAlign = text.XRight, text.YCenter
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = text.XCenter, text.YTop
	return p
}

// write draws a picture of the given size as SVG.
func write(w io.Writer, width, height vg.Length, paint func(draw.Canvas)) error {
	canvas := vgsvg.New(width, height)
	paint(draw.New(canvas))
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	// Few machines have the font; those named after it are as wide.
	_, err := w.Write(bytes.ReplaceAll(svg.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")))
	return err
}

// decades marks the powers of ten, and those between.
func decades(low, high float64, label func(float64) string) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for e := math.Floor(math.Log10(low)); math.Pow(10, e) <= high; e++ {
		v := math.Pow(10, e)
		if v >= low {
			ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
		}
	}
	return ticks
}

// short writes a number in few letters: 1,000,000 is 1M.
func short(v float64) string {
	for _, s := range []struct {
		of   float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= s.of {
			return strconv.FormatFloat(v/s.of, 'g', 3, 64) + s.name
		}
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
