package studies

// CutOut says that a variant is made of another's trained network, so that its own training, if any, is a short one.
func (v Variant) CutOut() bool { return v.Method == SVDTruncated || v.Method == SVDFineTuned }

// Baseline says that a variant is one that Maestro is compared with.
func (v Variant) Baseline() bool { return v.Method != Maestro }

// MaestroBesideWhole says that a variant is Maestro's or the non-factorised network.
func (v Variant) MaestroBesideWhole() bool { return v.Method == Maestro || v.Method == NonFactorised }

// CrossEntropyAlone says that the training loss of a variant has no lasso in it.
func (v Variant) CrossEntropyAlone() bool { return v.Baseline() || v.LambdaGL == 0 }

// Shrinks says that a variant is Maestro as it is meant, whose ranks fall while it learns.
func (v Variant) Shrinks() bool { return v.Method == Maestro && !v.NoShrink && !v.FullPass }

// Family is the same for a method at all its sizes.
func (v Variant) Family() string {
	name := map[Method]string{NonFactorised: "non-factorised", SVDTruncated: "SVD", SVDFineTuned: "SVD, fine-tuned",
		Pufferfish: "Pufferfish", Cuttlefish: "Cuttlefish", Maestro: "Maestro", Own: v.Title}[v.Method]
	if v.FullPass {
		name += ", with full pass"
	}
	return name
}
