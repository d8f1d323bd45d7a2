// The part of PJRT's C interface that wraps a plugin's compile call. The interface is binary compatible within its major
// version: structs only grow at their ends. TestStructsAreThoseOfPJRT compares every offset with pjrt_c_api.h as go-xla
// ships it.
#ifndef MAESTRO_PROGRAMS_PJRT_H
#define MAESTRO_PROGRAMS_PJRT_H
#include <stddef.h>

typedef struct maestro_error maestro_error; // PJRT_Error
typedef maestro_error* (*maestro_call)(void* args);

typedef struct { // PJRT_Api up to its last function used here
  size_t struct_size;
  void* extension_start;
  struct { size_t struct_size; void* extension_start; int major_version; int minor_version; } version;
  void (*error_destroy)(void* args);
  void (*error_message)(void* args);
  void* calls_a[18];
  maestro_call client_compile;
  void* calls_b[19];
  maestro_call executable_destroy;
  void* calls_c[8];
  maestro_call executable_serialize;
  void* calls_d[1];
  maestro_call loaded_get_executable;
  void* calls_e[4];
  maestro_call deserialize_and_load;
} maestro_api;

typedef struct { // PJRT_Program
  size_t struct_size; void* extension_start;
  char* code; size_t code_size;
  const char* format; size_t format_size;
} maestro_program;

typedef struct { // PJRT_Client_Compile_Args
  size_t struct_size; void* extension_start;
  void* client;
  const maestro_program* program;
  const char* options; size_t options_size;
  void* executable; // out
} maestro_compile_args;

typedef struct { // PJRT_Executable_DeserializeAndLoad_Args
  size_t struct_size; void* extension_start;
  void* client;
  const char* serialized; size_t serialized_size;
  void* executable; // out
  const char* options; size_t options_size;
} maestro_load_args;

typedef struct { // PJRT_LoadedExecutable_GetExecutable_Args
  size_t struct_size; void* extension_start;
  void* loaded;
  void* executable; // out
} maestro_get_args;

typedef struct { // PJRT_Executable_Serialize_Args
  size_t struct_size; void* extension_start;
  const void* executable;
  const char* bytes; size_t bytes_size; // out
  void* serialized;                     // out, holds the bytes
  void (*deleter)(void* serialized);    // out
} maestro_serialize_args;

typedef struct { // PJRT_Error_Message_Args
  size_t struct_size; void* extension_start;
  const maestro_error* error;
  const char* message; size_t message_size; // out
} maestro_message_args;

typedef struct { // PJRT_Executable_Destroy_Args and PJRT_Error_Destroy_Args
  size_t struct_size; void* extension_start;
  void* what;
} maestro_destroy_args;

#endif
