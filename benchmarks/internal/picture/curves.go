package picture

import (
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Panel has a few lines.
type Panel struct {
	Title string
	X, Y  string // what the axes count
	Lines []Line
}

// A Line is a growth. The first of a panel is this package's.
type Line struct {
	Label  string
	Points plotter.XYs
}

// WriteCurves draws panels, two beside each other, on logarithmic axes.
func WriteCurves(w io.Writer, panels []Panel) error {
	const columns, width, height = 2, vg.Length(300), vg.Length(210)
	plots := make([]*plot.Plot, len(panels))
	low, high := bounds(panels)
	for i, panel := range panels {
		var err error
		if plots[i], err = panel.plot(low, high); err != nil {
			return err
		}
	}
	count := (len(panels) + columns - 1) / columns
	return write(w, columns*width, vg.Length(count)*height, func(canvas draw.Canvas) {
		tiles := draw.Tiles{Rows: count, Cols: columns, PadX: 14, PadY: 14, PadRight: 6, PadTop: 2}
		// All have the same axes, and so the same margins: they need not be aligned.
		for i, p := range plots {
			p.Draw(tiles.At(canvas, i%columns, i/columns))
		}
	})
}

// bounds returns whole decades that hold every line, so that panels can be compared,
// with room for the legend above.
func bounds(panels []Panel) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, panel := range panels {
		for _, line := range panel.Lines {
			for _, point := range line.Points {
				low, high = min(low, point.Y), max(high, point.Y)
			}
		}
	}
	return math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)+0.4))
}

func (panel Panel) plot(low, high float64) (*plot.Plot, error) {
	p := newPlot()
	p.Title.Text = panel.Title
	p.X.Label.Text, p.Y.Label.Text = panel.X, panel.Y
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Legend.Top = true
	p.Legend.ThumbnailWidth = 18
	for i, l := range panel.Lines {
		line, points, err := plotter.NewLinePoints(l.Points)
		if err != nil {
			return nil, err
		}
		style := lineStyles[i%len(lineStyles)]
		line.Color, line.Width, line.Dashes = style.colour, style.width, style.dashes
		points.Color, points.Shape, points.Radius = style.colour, style.shape, 2.4
		p.Add(line, points)
		p.Legend.Add(l.Label, line, points)
	}
	p.Y.Min, p.Y.Max = low, high
	p.Y.Tick.Marker = decades(p.Y.Min, p.Y.Max, short)
	p.X.Tick.Marker = decades(p.X.Min, p.X.Max*1.001, short)
	return p, nil
}

// lineStyles tell the lines of a panel apart, without colours too.
var lineStyles = []struct {
	colour color.Color
	width  vg.Length
	dashes []vg.Length
	shape  draw.GlyphDrawer
}{
	{ownColour, 1.8, nil, draw.CircleGlyph{}},
	{goalColour, 1.2, []vg.Length{5, 3}, draw.BoxGlyph{}},
	{thirdColour, 1.2, []vg.Length{2, 2}, draw.PyramidGlyph{}},
}
