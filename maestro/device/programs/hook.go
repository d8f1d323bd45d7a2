package programs

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include "pjrt.h"

extern maestro_error* maestroCompile(maestro_compile_args* args);

static maestro_error* maestro_hook(void* args) { return maestroCompile((maestro_compile_args*)args); }

// maestro_open loads a plugin and returns its functions, or NULL.
static const maestro_api* maestro_open(const char* path) {
  void* plugin = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!plugin) return NULL;
  const maestro_api* (*get)(void) = (const maestro_api* (*)(void))dlsym(plugin, "GetPjrtApi");
  return get ? get() : NULL;
}

// maestro_wrap copies a plugin's functions, whole as they are, and puts the hook in place of compile.
static maestro_api* maestro_wrap(const maestro_api* real) {
  maestro_api* wrapped = malloc(real->struct_size);
  memcpy(wrapped, real, real->struct_size);
  wrapped->client_compile = maestro_hook;
  return wrapped;
}

static maestro_error* maestro_compile(const maestro_api* api, maestro_compile_args* args) {
  return api->client_compile(args);
}

static maestro_error* maestro_load(const maestro_api* api, void* client, void* bytes, size_t size, void** loaded) {
  maestro_load_args args = {.struct_size = sizeof args, .client = client, .serialized = bytes, .serialized_size = size};
  maestro_error* err = api->deserialize_and_load(&args);
  *loaded = args.executable;
  return err;
}

// maestro_serialize gives the bytes of a loaded executable, to be freed by the caller.
static maestro_error* maestro_serialize(const maestro_api* api, void* loaded, void** bytes, size_t* size) {
  maestro_get_args get = {.struct_size = sizeof get, .loaded = loaded};
  maestro_error* err = api->loaded_get_executable(&get);
  if (err) return err;
  maestro_serialize_args args = {.struct_size = sizeof args, .executable = get.executable};
  err = api->executable_serialize(&args);
  if (!err) {
    *bytes = malloc(args.bytes_size);
    memcpy(*bytes, args.bytes, args.bytes_size);
    *size = args.bytes_size;
    args.deleter(args.serialized);
  }
  maestro_destroy_args destroy = {.struct_size = sizeof destroy, .what = get.executable};
  maestro_error* second = api->executable_destroy(&destroy);
  return err ? err : second;
}

static void maestro_drop(const maestro_api* api, maestro_error* err) {
  maestro_destroy_args args = {.struct_size = sizeof args, .what = err};
  api->error_destroy(&args);
}

static void maestro_message(const maestro_api* api, maestro_error* err, const char** text, size_t* size) {
  maestro_message_args args = {.struct_size = sizeof args, .error = err};
  api->error_message(&args);
  *text = args.message;
  *size = args.message_size;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// Settings say for which plugin programs are kept, and where.
type Settings struct {
	Plugin  string       // the plugin's absolute path, under which go-xla will look for it
	Devices int          // that its client will have; 0 is one
	Warn    func(string) // told in a line what is wrong with an entry; may be nil
}

// hook is what the wrapped compile call needs. PJRT hands it no word of ours, so it is found in a variable of the
// process, as go-xla's own registry of plugins is.
type hook struct {
	api   *C.maestro_api
	store *Store
	Settings
	where string
}

var (
	installing sync.Mutex
	installed  *hook
)

// Install makes the process keep the plugin's compiled programs in a store. It must be called before a backend with
// this plugin is opened; a second call with the same plugin only sets the number of devices. A plugin that cannot be
// wrapped is left to go-xla, which says what is wrong with it; one of another interface, or a second one, is used
// without a store.
func Install(store *Store, s Settings) error {
	installing.Lock()
	defer installing.Unlock()
	if installed != nil && installed.Plugin != s.Plugin {
		return fmt.Errorf("the programs of %s are kept already, and a process keeps those of one plugin",
			installed.Plugin)
	}
	sum, err := store.checksum(s.Plugin)
	if err != nil {
		return err
	}
	where := surroundings(sum, s.Devices, processor())
	if installed != nil {
		installed = &hook{api: installed.api, store: store, Settings: s, where: where}
		return nil
	}
	path := C.CString(s.Plugin)
	defer C.free(unsafe.Pointer(path))
	api := C.maestro_open(path)
	switch {
	case api == nil:
		return errors.New("the plugin does not load")
	case api.version.major_version != 0, api.struct_size < C.sizeof_maestro_api:
		return fmt.Errorf("the plugin's PJRT interface %d.%d is not one whose programs can be kept",
			api.version.major_version, api.version.minor_version)
	}
	installed = &hook{api: api, store: store, Settings: s, where: where}
	return pjrt.RegisterPreloadedPlugin(s.Plugin, uintptr(unsafe.Pointer(C.maestro_wrap(api))))
}

// maestroCompile stands in for the plugin's PJRT_Client_Compile.
//
//export maestroCompile
func maestroCompile(args *C.maestro_compile_args) *C.maestro_error {
	installing.Lock()
	h := installed
	installing.Unlock()
	program := C.GoBytes(unsafe.Pointer(args.program.code), C.int(args.program.code_size))
	options := C.GoBytes(unsafe.Pointer(args.options), C.int(args.options_size))
	key := key(program, options, h.where)
	if h.load(key, args) {
		h.store.count(hitsFile)
		return nil
	}
	if err := C.maestro_compile(h.api, args); err != nil {
		return err
	}
	h.store.count(missesFile)
	h.save(key, args.executable)
	return nil
}

// load gives the compile call the stored executable; false where there is none that loads.
func (h *hook) load(key string, args *C.maestro_compile_args) bool {
	executable, err := h.store.load(key)
	if err == nil {
		bytes := C.CBytes(executable)
		defer C.free(bytes)
		var loaded unsafe.Pointer
		if err = h.fault(C.maestro_load(h.api, args.client, bytes, C.size_t(len(executable)), &loaded)); err == nil {
			args.executable = loaded
			return true
		}
	}
	if !errors.Is(err, fs.ErrNotExist) && h.Warn != nil {
		h.Warn(fmt.Sprintf("a compiled program in %s does not load (%v): it is compiled anew", h.store.dir, err))
	}
	return false
}

// save stores what was compiled. Programs that the plugin cannot serialise, such as those with a sort, are compiled
// each time, and a folder that cannot be written, as in an image, is read from.
func (h *hook) save(key string, loaded unsafe.Pointer) {
	var bytes unsafe.Pointer
	var size C.size_t
	if h.fault(C.maestro_serialize(h.api, loaded, &bytes, &size)) != nil {
		return
	}
	defer C.free(bytes)
	_ = h.store.save(key, C.GoBytes(bytes, C.int(size)))
}

// fault makes an error of the plugin's one of ours, a line long.
func (h *hook) fault(err *C.maestro_error) error {
	if err == nil {
		return nil
	}
	defer C.maestro_drop(h.api, err)
	var text *C.char
	var size C.size_t
	C.maestro_message(h.api, err, &text, &size)
	line, _, _ := strings.Cut(C.GoStringN(text, C.int(size)), "\n")
	return errors.New(line)
}
