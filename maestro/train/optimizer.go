package train

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	gomlx "github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Optimizer changes weights by the gradients of a loss. Its variables are cut together with the factors whose state
// they are: those that Update.State makes, and any other outside of the model, of a weight's shape, whose path ends
// in the weight's.
type Optimizer interface {
	// Numbers are what steps read at run time: runs that differ by them alone share one compiled program.
	Numbers() []float64
	// Update gives every weight its next value, in the graph of a step.
	Update(u Update)
}

// Update is what an optimizer has in the graph of a step.
type Update struct {
	Graph        *Graph
	Loss         *Node // a scalar
	Rate, Number *Node // the learning rate, and the number of the optimizer's step from 1: float32 scalars
	Numbers      []*Node
	Weights      []*model.Variable // of the model
	Decays       func(*model.Variable) bool
	store        *model.Store
}

// Gradients are those of the loss by the weights.
func (u Update) Gradients() []*Node {
	var weights []*Node
	for _, v := range u.Weights {
		weights = append(weights, v.NodeValue(u.Graph))
	}
	return Gradient(u.Loss, weights...)
}

// State is a variable of the optimizer's for a weight: of the same shape, zero at first.
func (u Update) State(of *model.Variable, name string) *model.Variable {
	scope := u.store.Scope(model.JoinPath("/optimizer", of.Scope()))
	if found := scope.GetVariable(of.Name() + "_" + name); found != nil {
		return found
	}
	return scope.VariableWithValue(of.Name()+"_"+name, zeros(of.Shape())).SetTrainable(false)
}

// update collects what the optimizer needs. Factors have no weight decay where their product has a decay of its own.
func (s stepGraph) update(g *Graph, loss *Node, h hyper[*Node]) Update {
	u := Update{Graph: g, Loss: loss, Rate: h.rate, Number: h.number, Numbers: h.optimizer, store: s.network.Store()}
	for v := range u.store.RootScope().At("model").IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			u.Weights = append(u.Weights, v)
		}
	}
	u.Decays = func(v *model.Variable) bool {
		factor := v.Name() == "u" || v.Name() == "v"
		return !(factor && s.settings.FrobeniusDecay > 0)
	}
	return u
}

// SGD is PyTorch's: the decay joins the gradient, and momentum sums gradients as they are. GoMLX has none with
// momentum.
type SGD struct{ Momentum, WeightDecay float64 }

func (o SGD) Numbers() []float64 { return []float64{o.WeightDecay, o.Momentum} }

func (o SGD) Update(u Update) {
	decay, momentum := u.Numbers[0], u.Numbers[1]
	for i, gradient := range u.Gradients() {
		v := u.Weights[i]
		w := v.NodeValue(u.Graph)
		if o.WeightDecay > 0 && u.Decays(v) {
			gradient = Add(gradient, Mul(decay, w))
		}
		if o.Momentum > 0 {
			velocity := u.State(v, "momentum")
			gradient = Add(Mul(momentum, velocity.NodeValue(w)), gradient)
			velocity.SetNodeValue(gradient)
		}
		v.SetNodeValue(Sub(w, Mul(u.Rate, gradient)))
	}
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter). Of Beta1, Beta2 and Epsilon, 0 is 0.9, 0.999 and
// 1e-8.
type AdamW struct{ WeightDecay, Beta1, Beta2, Epsilon float64 }

// Numbers has a second that is not used, so that programs take as many as SGD's.
func (o AdamW) Numbers() []float64 { return []float64{o.WeightDecay, 0} }

func (o AdamW) Update(u Update) {
	beta1, beta2, epsilon := cmp.Or(o.Beta1, 0.9), cmp.Or(o.Beta2, 0.999), cmp.Or(o.Epsilon, 1e-8)
	for i, gradient := range u.Gradients() {
		v := u.Weights[i]
		w := v.NodeValue(u.Graph)
		mix := func(kind string, beta float64, with *Node) *Node {
			variable := u.State(v, kind)
			mixed := Add(MulScalar(variable.NodeValue(w), beta), MulScalar(with, 1-beta))
			variable.SetNodeValue(mixed)
			return Div(mixed, OneMinus(Pow(Scalar(w.Graph(), w.DType(), beta), u.Number)))
		}
		first, second := mix("first", beta1, gradient), mix("second", beta2, Square(gradient))
		if o.WeightDecay > 0 && u.Decays(v) {
			w = Sub(w, Mul(u.Rate, Mul(u.Numbers[0], w)))
		}
		v.SetNodeValue(Sub(w, Mul(u.Rate, Div(first, AddScalar(Sqrt(second), epsilon)))))
	}
}

// GoMLX is one of GoMLX's optimizers, at the run's learning rate in place of its own.
func GoMLX(o gomlx.Interface) Optimizer { return fromGoMLX{o} }

type fromGoMLX struct{ gomlx.Interface }

func (fromGoMLX) Numbers() []float64 { return nil }

// Update tells it the learning rate and the step by the variables that it reads them from.
func (o fromGoMLX) Update(u Update) {
	gomlx.LearningRateVar(u.store.RootScope(), dtypes.Float32, 0).SetNodeValue(u.Rate)
	gomlx.GetGlobalStepVar(u.store).SetNodeValue(ConvertDType(AddScalar(u.Number, -1), dtypes.Int64))
	o.UpdateGraph(u.store.RootScope(), u.Graph, u.Loss)
}

// ofStep are variables that every step sets before it reads them; checkpoints do without them.
func ofStep(path string) bool { return path == "/"+gomlx.GlobalStepVariableName }

// optimizers are those that settings name.
func optimizers() []named[func(runs.Settings) Optimizer] {
	return []named[func(runs.Settings) Optimizer]{
		{"sgd", func(s runs.Settings) Optimizer { return SGD{Momentum: s.Momentum, WeightDecay: s.WeightDecay} }},
		{"adamw", func(s runs.Settings) Optimizer {
			return AdamW{WeightDecay: s.WeightDecay, Beta1: s.AdamBeta1, Beta2: s.AdamBeta2, Epsilon: s.AdamEpsilon}
		}},
	}
}

// stateOf tells whether a variable of a path is the optimizer's state for the weight of another.
func stateOf(weight, other string) bool {
	scope, name := path.Split(other)
	weightScope, weightName := path.Split(weight)
	return !strings.HasPrefix(other, "/model/") && strings.HasSuffix(scope, weightScope) &&
		strings.HasPrefix(name, weightName+"_")
}

// optimizerState finds the optimizer's variables for a factor; they are cut when it is.
func optimizerState(store *model.Store) func(*model.Variable) []*model.Variable {
	return func(v *model.Variable) (found []*model.Variable) {
		for other := range store.IterVariables() {
			if stateOf(v.Path(), other.Path()) && other.Shape().Equal(v.Shape()) {
				found = append(found, other)
			}
		}
		slices.SortFunc(found, func(a, b *model.Variable) int { return cmp.Compare(a.Path(), b.Path()) })
		return found
	}
}
