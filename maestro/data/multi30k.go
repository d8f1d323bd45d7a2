package data

import "context"

// multi30kChecksum is Parallel.Checksum of the published files.
const multi30kChecksum = "f7335c4d6d8b04840c9f2e5295f49d2a11784a3ba5b80690d7478935d4d88e6f"

func multi30kSource() source {
	return source{
		name:   "Multi30k",
		folder: "multi30k",
		files: []remote{
			{"train.de.gz", 637044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"},
			{"train.en.gz", 568929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"},
			{"val.de.gz", 24681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"},
			{"val.en.gz", 21650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"},
			{"test_2016_flickr.de.gz", 22890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"},
			{"test_2016_flickr.en.gz", 21077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"},
		},
		// The publisher's repository, at the commit that the sums were compared with.
		mirrors: []string{
			"https://raw.githubusercontent.com/multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw"},
	}
}

// Multi30k loads the captions of Elliott, Frank, Sima'an and Specia 2016 (arXiv:1605.00459) in German and English,
// from German to English; Turned is the other direction. The publisher's parts are kept: 29,000 pairs of training,
// 1014 of validation, and 1000 of test, those of 2016; o.Validation takes the first so many of validation,
// o.TrainExamples draws from training. The six files, gzipped or not, lie in a folder multi30k or in the data folder
// itself. Other files of the same names load too; the checksum tells them apart. A pair of which a line is empty is
// left out, and o.Warn told how many are.
//
// Its errors are one line. They name the file, with the line, or the setting at fault, and for a file that is missing
// what to do.
func Multi30k(ctx context.Context, o Options) (*Parallel, error) {
	return loadMulti30k(ctx, o, multi30kSource())
}

func loadMulti30k(ctx context.Context, o Options, from source) (*Parallel, error) {
	paths, err := from.locate(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := from.open(paths)
	if err != nil {
		return nil, err
	}
	p, err := readParallel(ctx, files, o)
	if err != nil {
		return nil, err
	}
	p.Name, p.Source, p.Target, p.Dir = from.folder, "de", "en", folderOf(paths)
	return p, nil
}
