package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// optimise updates every trainable variable of the model by the gradient of loss. The optimiser's own variables lie under
// optimizer/, at the path of the variable they follow.
func (s stepGraph) optimise(g *Graph, loss *Node, h hyper[*Node]) {
	store := s.network.Store()
	var variables []*model.Variable
	var weights []*Node
	for v := range store.RootScope().At("model").IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			variables = append(variables, v)
			weights = append(weights, v.NodeValue(g))
		}
	}
	for i, gradient := range Gradient(loss, weights...) {
		v, w := variables[i], weights[i]
		if s.settings.Optimizer == "adamw" {
			v.SetNodeValue(s.adamW(store, v, w, gradient, h))
		} else {
			v.SetNodeValue(s.sgd(store, v, w, gradient, h))
		}
	}
}

// decays says whether a variable has weight decay: factors have none where their product has a decay of its own.
func (s stepGraph) decays(v *model.Variable) bool {
	factor := v.Name() == "u" || v.Name() == "v"
	return s.settings.WeightDecay > 0 && !(factor && s.settings.FrobeniusDecay > 0)
}

// sgd is PyTorch's: the decay joins the gradient, and momentum sums gradients as they are.
func (s stepGraph) sgd(store *model.Store, v *model.Variable, w, gradient *Node, h hyper[*Node]) *Node {
	if s.decays(v) {
		gradient = Add(gradient, Mul(h.weightDecay, w))
	}
	if s.settings.Momentum > 0 {
		velocity := follower(store, v, "momentum")
		gradient = Add(Mul(h.momentum, velocity.NodeValue(w)), gradient)
		velocity.SetNodeValue(gradient)
	}
	return Sub(w, Mul(h.rate, gradient))
}

// adamW is Adam with decoupled weight decay (Loshchilov and Hutter), β = 0.9 and 0.999, ε = 1e-8.
func (s stepGraph) adamW(store *model.Store, v *model.Variable, w, gradient *Node, h hyper[*Node]) *Node {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	mix := func(kind string, beta float64, with *Node) *Node {
		variable := follower(store, v, kind)
		mixed := Add(MulScalar(variable.NodeValue(w), beta), MulScalar(with, 1-beta))
		variable.SetNodeValue(mixed)
		return Div(mixed, OneMinus(Pow(Scalar(w.Graph(), w.DType(), beta), h.number)))
	}
	first, second := mix("first", beta1, gradient), mix("second", beta2, Square(gradient))
	if s.decays(v) {
		w = Sub(w, Mul(h.rate, Mul(h.weightDecay, w)))
	}
	return Sub(w, Mul(h.rate, Div(first, AddScalar(Sqrt(second), epsilon))))
}

// followerKinds are the variables that any optimiser keeps for a weight.
func followerKinds() []string { return []string{"momentum", "first", "second"} }

// follower is an optimiser's variable of the same shape as v, zero at first.
func follower(store *model.Store, v *model.Variable, kind string) *model.Variable {
	scope := store.Scope(model.JoinPath("/optimizer", v.Scope()))
	name := v.Name() + "_" + kind
	if found := scope.GetVariable(name); found != nil {
		return found
	}
	return scope.VariableWithValue(name, zeros(v.Shape())).SetTrainable(false)
}

// followers are the optimiser's variables that exist for a factor; they are cut when it is.
func followers(store *model.Store) func(*model.Variable) []*model.Variable {
	return func(v *model.Variable) (found []*model.Variable) {
		for _, kind := range followerKinds() {
			if f := store.Scope(model.JoinPath("/optimizer", v.Scope())).GetVariable(v.Name() + "_" + kind); f != nil {
				found = append(found, f)
			}
		}
		return found
	}
}
