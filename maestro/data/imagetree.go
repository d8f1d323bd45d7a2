package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// picture is an image file with its label.
type picture struct {
	path  string
	label int32
}

// tree is what a folder of Tiny ImageNet's form holds, each part by class and then by name.
type tree struct {
	classes     []string // in the order of wnids.txt, which is that of the labels
	train, test []picture
}

// readTree lists wnids.txt, train/CLASS/images and val. It reads no image.
func readTree(root string) (t tree, err error) {
	list := filepath.Join(root, "wnids.txt")
	text, err := os.ReadFile(list)
	if err != nil {
		return t, err
	}
	labels := map[string]int32{}
	for _, class := range strings.Fields(string(text)) {
		if _, twice := labels[class]; twice {
			return t, fmt.Errorf("%s: it names %s twice", list, class)
		}
		labels[class] = int32(len(t.classes))
		t.classes = append(t.classes, class)
	}
	if len(t.classes) == 0 {
		return t, fmt.Errorf("%s: it names no classes", list)
	}
	if t.train, err = classFolders(filepath.Join(root, "train"), t.classes); err != nil {
		return t, err
	}
	val := filepath.Join(root, "val")
	if isFolder(filepath.Join(val, t.classes[0])) {
		t.test, err = classFolders(val, t.classes)
	} else {
		t.test, err = annotated(val, labels)
	}
	return t, err
}

// classFolders lists the images of a folder that holds a folder each class, with the images there or in a folder
// images.
func classFolders(dir string, classes []string) (pictures []picture, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries { // a list that lost its end must not pass for one of fewer classes
		// images is beside the classes' folders where these were made from val_annotations.txt.
		if e.IsDir() && e.Name() != "images" && !litter(e.Name()) && !slices.Contains(classes, e.Name()) {
			return nil, fmt.Errorf("%s is not a class that wnids.txt names: add it there, or move the folder away",
				filepath.Join(dir, e.Name()))
		}
	}
	for label, class := range classes {
		folder := filepath.Join(dir, class)
		if !isFolder(folder) {
			return nil, fmt.Errorf("%s is missing: wnids.txt names the class %s, so unpack the data set again",
				folder, class)
		}
		names, err := imageFiles(folder)
		if err != nil {
			return nil, err
		}
		if inner := filepath.Join(folder, "images"); isFolder(inner) {
			if len(names) > 0 {
				return nil,
					fmt.Errorf("%s is beside the folder images, which has the others of its class: move it there, "+
						"or away",
						filepath.Join(folder, names[0]))
			}
			folder = inner
			if names, err = imageFiles(folder); err != nil {
				return nil, err
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: it holds no .JPEG files", folder)
		}
		for _, name := range names {
			pictures = append(pictures, picture{filepath.Join(folder, name), int32(label)})
		}
	}
	return pictures, nil
}

// annotated lists the images of a folder that holds them all in a folder images, and their classes in a file: lines
// of a name, its class and a box in it, with tabs between them.
func annotated(dir string, labels map[string]int32) (pictures []picture, err error) {
	list, images := filepath.Join(dir, "val_annotations.txt"), filepath.Join(dir, "images")
	text, err := os.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has neither val_annotations.txt nor a folder each class: unpack the data set again",
			dir)
	}
	if err != nil {
		return nil, err
	}
	labelled := map[string]int32{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			return nil, fmt.Errorf("%s: line %d is %q, not a file's name and its class", list, i+1, line)
		}
		name, class := fields[0], fields[1]
		label, ok := labels[class]
		if !ok {
			return nil, fmt.Errorf("%s: line %d: the class %s is not in wnids.txt", list, i+1, class)
		}
		if _, twice := labelled[name]; twice {
			return nil, fmt.Errorf("%s: line %d: %s is there twice", list, i+1, name)
		}
		labelled[name] = label
	}
	names, err := imageFiles(images)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		label, ok := labelled[name]
		if !ok {
			return nil, fmt.Errorf("%s: %s does not say its class", filepath.Join(images, name), list)
		}
		delete(labelled, name)
		pictures = append(pictures, picture{filepath.Join(images, name), label})
	}
	if absent := slices.Sorted(maps.Keys(labelled)); len(absent) > 0 {
		return nil, fmt.Errorf("%s is missing: %s names it, so unpack the data set again",
			filepath.Join(images, absent[0]), list)
	}
	slices.SortStableFunc(pictures, func(a, b picture) int { return cmp.Compare(a.label, b.label) })
	return pictures, nil
}

// imageFiles are the names of a folder's images, sorted: files whose names say so, and others whose contents are
// images. What programs leave behind and files of other kinds, such as lists of boxes, are passed over; a folder of
// more images is not.
func imageFiles(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case litter(e.Name()) || e.IsDir() && e.Name() == "images":
		case e.IsDir():
			return nil,
				fmt.Errorf(
					"%s is a folder among the images of one class: move its images beside it, or the folder away", path)
		case slices.Contains([]string{".jpeg", ".jpg", ".png"}, strings.ToLower(filepath.Ext(e.Name()))):
			names = append(names, e.Name())
		default:
			kind, err := kindOf(path)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(kind, "image/") { // which decode names where it cannot read it
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

// litter says whether a file or folder of this name is what systems and programs leave in any folder.
func litter(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "@") || strings.HasPrefix(name, "#") ||
		strings.HasPrefix(name, "$") ||
		slices.Contains([]string{"__MACOSX", "lost+found", "System Volume Information", "Thumbs.db",
			"desktop.ini"}, name)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
