// Package text turns sentences into pieces and back, and measures translations.
//
// Pieces are learnt from a text by byte-pair encoding (Sennrich, Haddow and Birch 2016, arXiv:1508.07909); a
// translation is measured by BLEU as sacreBLEU computes it.
package text
