package picture

import (
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Chart has lanes in groups, on one logarithmic axis.
type Chart struct {
	Axis   string // what the axis counts
	Base   bool   // something stands at 1
	Groups []Group
}

// A Group is the lanes of one piece of work.
type Group struct {
	Title string
	Goal  float64 // is marked unless 0
	Lanes []Lane
}

// A Lane is a bar with what one side took.
type Lane struct {
	Label     string
	Own       bool // this package's
	From, To  float64
	Low, High float64   // the spread; 0 if there is none
	Marks     []float64 // points on the bar
	Value     string    // is written at the end
}

const (
	laneHeight = vg.Length(13)
	groupGap   = vg.Length(9)
	chartWidth = vg.Length(600)
)

// WriteLanes draws a chart.
func WriteLanes(w io.Writer, c Chart) error {
	p := newPlot()
	p.X.Label.Text = c.Axis
	p.X.Scale = plot.LogScale{}
	p.HideY()
	rows := &rows{chart: c}
	rows.lay()
	p.X.Min, p.X.Max = rows.bounds()
	p.X.Tick.Marker = decadesOfTwo(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = 0, float64(rows.height)
	p.Y.Padding = 0
	p.Add(rows)
	return write(w, chartWidth, rows.height+46, func(canvas draw.Canvas) {
		canvas = draw.Crop(canvas, rows.margin(), 0, 0, 0)
		p.Draw(canvas)
	})
}

// rows is a chart with the places of its lanes, from the top.
type rows struct {
	chart  Chart
	height vg.Length
	titles []vg.Length
	lanes  [][]vg.Length
}

func (r *rows) lay() {
	y := vg.Length(0)
	var titles []vg.Length
	var lanes [][]vg.Length
	for _, g := range r.chart.Groups {
		titles = append(titles, y+laneHeight/2)
		y += laneHeight + 1
		var places []vg.Length
		for range g.Lanes {
			places = append(places, y+laneHeight/2)
			y += laneHeight
		}
		lanes = append(lanes, places)
		y += groupGap
	}
	r.height, r.titles, r.lanes = y, titles, lanes
}

// margin is the room that the labels take.
func (r *rows) margin() vg.Length {
	width := vg.Length(0)
	for _, g := range r.chart.Groups {
		for _, l := range g.Lanes {
			width = max(width, style(wordSize, l.Own).Width(l.Label))
		}
	}
	return width + 8
}

// bounds returns the ends of the axis, with room for the values.
func (r *rows) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, g := range r.chart.Groups {
		for _, l := range g.Lanes {
			for _, v := range append([]float64{l.From, l.To, l.Low, l.High, g.Goal}, l.Marks...) {
				if v > 0 {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	room := math.Pow(high/low, 0.1)
	return low / math.Pow(high/low, 0.02), high * max(room, 1.2)
}

// Plot draws the lanes.
func (r *rows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(place vg.Length) vg.Length { return y(float64(r.height - place)) }
	thin := draw.LineStyle{Color: wordColour, Width: 0.7}
	for i, g := range r.chart.Groups {
		bold := style(wordSize, true)
		bold.XAlign, bold.YAlign = text.XLeft, text.YCenter
		c.FillText(bold, vg.Point{X: c.Min.X - r.margin(), Y: at(r.titles[i])}, g.Title)
		if r.chart.Base && len(g.Lanes) > 0 {
			places := r.lanes[i]
			top, bottom := at(places[0]-laneHeight/2), at(places[len(places)-1]+laneHeight/2)
			c.StrokeLine2(draw.LineStyle{Color: wordColour, Width: 0.8}, x(1), top, x(1), bottom)
		}
		for j, l := range g.Lanes {
			place := r.lanes[i][j]
			colour := color.Color(otherColour)
			if l.Own {
				colour = ownColour
			}
			label := style(wordSize, l.Own)
			label.XAlign, label.YAlign = text.XRight, text.YCenter
			c.FillText(label, vg.Point{X: c.Min.X - 6, Y: at(place)}, l.Label)
			half := laneHeight * 0.32
			left, right := x(min(l.From, l.To)), x(max(l.From, l.To))
			c.FillPolygon(colour, []vg.Point{
				{X: left, Y: at(place - half)},
				{X: right, Y: at(place - half)},
				{X: right, Y: at(place + half)},
				{X: left, Y: at(place + half)},
			})
			end := right
			if l.Low > 0 && l.High > 0 {
				c.StrokeLine2(thin, x(l.Low), at(place), x(l.High), at(place))
				end = max(end, x(l.High))
			}
			for _, m := range l.Marks {
				c.StrokeLine2(draw.LineStyle{Color: wordColour, Width: 1.4}, x(m), at(place-half-1), x(m), at(place+half+1))
			}
			value := style(wordSize-1, l.Own)
			value.XAlign, value.YAlign = text.XLeft, text.YCenter
			c.FillText(value, vg.Point{X: end + 4, Y: at(place)}, l.Value)
		}
		if g.Goal > 0 && len(g.Lanes) > 0 {
			first := r.lanes[i][0]
			c.StrokeLine2(draw.LineStyle{Color: goalColour, Width: 2}, x(g.Goal), at(first-laneHeight/2), x(g.Goal), at(first+laneHeight/2))
		}
	}
}

// decadesOfTwo marks the powers of two, or of ten where there would be too many.
func decadesOfTwo(low, high float64) plot.ConstantTicks {
	if math.Log2(high/low) > 14 {
		return decades(low, high, short)
	}
	var ticks plot.ConstantTicks
	for e := math.Ceil(math.Log2(low)); math.Pow(2, e) <= high; e++ {
		v := math.Pow(2, e)
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', -1, 64)})
	}
	return ticks
}
