"""Makes sacrebleu.json: what sacreBLEU scores translations with its default settings.

    python sacrebleu.py > sacrebleu.json      # needs sacrebleu; 2.6.0 made the file beside this one
"""
import json, random, sys
sys.path.pop(0)  # this file has the package's name
import sacrebleu

CASES = {
    "equal": (["A man in a red shirt is sleeping."], [["A man in a red shirt is sleeping."]]),
    "near": (["A man in a blue shirt sleeps.", "Two dogs run on the grass .", "The children are playing outside."],
             [["A man in a red shirt is sleeping.", "Two dogs are running on the grass.", "Children play outside, in the sun."]]),
    "no match": (["Ein Hund"], [["The cat sat on a mat."]]),
    "no match of four words": (["the cat the mat on sat a"], [["The cat sat on the mat."]]),
    "no match of two words": (["mat the on cat"], [["the cat sat on the mat"]]),
    "short": (["Yes", "No."], [["Yes", "No!"]]),
    "three words at most": (["a b c", "d e"], [["a b c", "d f"]]),
    "longer than its reference": (["A man and a man and a man and a man are there."], [["A man is there."]]),
    "shorter than its reference": (["A man is there."], [["There is a man, who is there with a dog, and a man is there."]]),
    "empty translation": (["", "A dog runs over the field."], [["A cat.", "A dog runs over the green field."]]),
    "all empty": (["", ""], [["A cat.", "A dog."]]),
    "empty reference": (["A cat sits on the roof.", "and so on and on"], [["A cat sits on the roof.", ""]]),
    "numbers": (["It costs 1,234.50 dollars, or 3.5% of $10-20, in 1990-2000.", "No. 5, .5 and 5. end 1-a a-1"],
                [["It costs 1,234.5 dollars, or 3,5 % of $10-20 in 1990-2000!", "No. 5, 0.5 and 5 . end 1 - a a-1"]]),
    "punctuation": (["\"Don't!\" (he said) [twice]: it's {so}; a/b\\c <d> #1 @home ~ ^ ` | * + = _x_ ...", "well-known, e.g. this; etc.,..,a"],
                    [["'Don't', \"he said\" [twice]: it's so; a / b \\ c < d > # 1 @ home ~ ^ ` | * + = _ x _ ..", "well known, e.g. that; etc."]]),
    "entities": (["&quot;A&amp;B&quot; &lt;b&gt; &amp;lt; <skipped>x & y", "R&D  and   more "],
                 [["\"A & B\" < b > &lt; x & y", "R & D and more"]]),
    "letters of other languages": (["Ein Mädchen läuft über die Straße – schnell…", "„So“, sagt er, «oui» ¿no? 火山。"],
                                   [["Das Mädchen läuft über eine Straße – schnell …", "„So“ sagt er, «oui» ¿no ? 火 山 。"]]),
    "white space": (["a\u00a0b\tc\u2003d e\u001cf g\u200bh  ", "one\ntwo-\nthree four"], [["a b c d e f gh", "one twothree four"]]),
    "case": (["the Man Sees A dog in the park"], [["The man sees a Dog in the park"]]),
    "two references": (["A man is riding a horse.", "Two dogs play.", "It is cold outside today"],
                       [["A man rides a horse.", "Two dogs are playing with a ball.", "Today it is cold"],
                        ["Someone is riding a brown horse.", "A pair of dogs play.", "It is very cold outside, today."]]),
    "tie of two references' lengths": (["a b c d e"], [["a b c d e f g"], ["a b c"]]),
}


def drawn(seed, lines, references):
    rng = random.Random(seed)
    words = ["a", "man", "dog", "the", "red", "runs", "in", "on", "street,", "(two)", "3.5", "1-2", "it's", "and.", "x&y"]
    sentence = lambda: [rng.choice(words) for _ in range(rng.randint(1, 14))]
    sets = [[sentence() for _ in range(lines)] for _ in range(references)]
    change = lambda s: " ".join(w for w in (rng.choice([w, w, w, w, rng.choice(words), ""]) for w in s) if w)
    return [change(rng.choice(sets)[i]) for i in range(lines)], [[" ".join(s) for s in one] for one in sets]


for seed in range(6):
    CASES[f"drawn {seed}"] = drawn(seed, 20, 1 + seed % 3)

bleu = sacrebleu.BLEU()
cases = []
for name, (translations, references) in CASES.items():
    score = bleu.corpus_score(translations, references)
    cases.append({"name": name, "translations": translations, "references": references, "bleu": score.score, "precisions": score.precisions,
                  "brevity": score.bp, "words": score.sys_len, "referenceWords": score.ref_len})
signature = str(bleu.get_signature()).split("|", 1)[1]  # without the last case's number of references
json.dump({"version": sacrebleu.__version__, "signature": signature, "command": "python sacrebleu.py", "cases": cases}, sys.stdout, indent=1, ensure_ascii=False)
print()
