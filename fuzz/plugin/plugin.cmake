# SPDX-License-Identifier: BSD-3-Clause
# A user's driver under the fuzzer: the example as a target of ours, and what users link or load.

# -fsanitize-coverage=trace-loads tells of each load before it happens, so that memory may change
# between two of them.
set(fuzz_plugin_loads "")
if(VIRTSPEC_FUZZ_ENGINE)
  set(fuzz_plugin_loads -fsanitize-coverage=trace-loads)
elseif(VIRTSPEC_SANITIZE AND CMAKE_C_COMPILER_ID MATCHES Clang)
  set(fuzz_plugin_loads -fsanitize-coverage=trace-loads,trace-pc-guard) # not one without the other
endif()

add_library(fuzz_plugin_example OBJECT EXCLUDE_FROM_ALL
  ${PROJECT_SOURCE_DIR}/drivers/example/entropy.c)
target_link_libraries(fuzz_plugin_example PRIVATE virtspec_options)
target_include_directories(fuzz_plugin_example PRIVATE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(fuzz_plugin_example PRIVATE ${fuzz_plugin_loads})

# The reference driver as another one, without its lapses. It shares what it has of conformance with
# the target where that is not a driver's, and has its own where it is fuzzed.
file(GLOB reference_parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/drivers/reference/*.c)
list(FILTER reference_parts EXCLUDE REGEX "/lapses\\.c$")
add_library(vs_reference OBJECT EXCLUDE_FROM_ALL ${reference_parts})
target_link_libraries(vs_reference PRIVATE virtspec_options)
add_dependencies(vs_reference virtspec_rule_ids)
# Memory is cleared and watched in each execution: no more of it than the driver can live with.
target_compile_definitions(vs_reference PRIVATE ARENA_SIZE=0x40000)

if(NOT VIRTSPEC_FUZZ_ENGINE)
  return()
endif()

# Without sanitizers and coverage, which are the driver's: it is the driver that inputs are to get
# about in, and the rest is fast.
add_library(fuzz_plugin_plain INTERFACE)
target_compile_options(fuzz_plugin_plain INTERFACE -O2 -g -fPIC -fno-omit-frame-pointer)
target_compile_definitions(fuzz_plugin_plain INTERFACE _GNU_SOURCE)
target_include_directories(fuzz_plugin_plain INTERFACE
  ${PROJECT_SOURCE_DIR}/conformance ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)

set(fuzz_plugin_whole "")
foreach(folder conformance/monitor mock-device/class mock-device/quirks fuzz/plugin)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  list(APPEND fuzz_plugin_whole ${sources})
endforeach()
foreach(name support/engine support/mutate support/oracle)
  list(APPEND fuzz_plugin_whole ${PROJECT_SOURCE_DIR}/fuzz/${name}.c)
endforeach()
set(fuzz_plugin_parts ${generated}/rule_table.c)
foreach(folder conformance/spec conformance/trace conformance/rules conformance/driver
    conformance/observe mock-device/model)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  list(APPEND fuzz_plugin_parts ${sources})
endforeach()
list(FILTER fuzz_plugin_parts EXCLUDE REGEX "/recording")
list(APPEND fuzz_plugin_parts
  ${PROJECT_SOURCE_DIR}/conformance/bus/bus.c ${PROJECT_SOURCE_DIR}/conformance/bus/bars.c)

add_library(fuzz_plugin_whole OBJECT EXCLUDE_FROM_ALL ${fuzz_plugin_whole})
add_library(fuzz_plugin_parts STATIC EXCLUDE_FROM_ALL ${fuzz_plugin_parts})
foreach(part whole parts)
  target_link_libraries(fuzz_plugin_${part} PRIVATE fuzz_plugin_plain)
  add_dependencies(fuzz_plugin_${part} virtspec_rule_ids)
endforeach()

# One object with everything in it, whose names are out of the way of the driver's.
set(fuzz_plugin_library ${PROJECT_BINARY_DIR}/lib/libvirtspec-fuzz.a)
add_custom_command(OUTPUT ${fuzz_plugin_library}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/lib
  COMMAND ${CMAKE_C_COMPILER} -nostdlib -r -o virtspec-fuzz.o
    $<TARGET_OBJECTS:fuzz_plugin_whole> $<TARGET_FILE:fuzz_plugin_parts>
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=LLVMFuzzer*
    --keep-global-symbol=__sanitizer_cov_load* --keep-global-symbol=__asan_on_error
    --keep-global-symbol=__asan_default_options
    virtspec-fuzz.o
  COMMAND ${CMAKE_COMMAND} -E rm -f ${fuzz_plugin_library}
  COMMAND ${CMAKE_AR} rcs ${fuzz_plugin_library} virtspec-fuzz.o
  DEPENDS fuzz_plugin_whole $<TARGET_OBJECTS:fuzz_plugin_whole> fuzz_plugin_parts
  COMMAND_EXPAND_LISTS VERBATIM)

# For plug-ins that are loaded: the same with nothing linked, and with the names that a plug-in built
# for a fuzzer looks for.
set(fuzz_plugin_program ${PROJECT_BINARY_DIR}/bin/virtspec-fuzz-plugin)
add_custom_command(OUTPUT ${fuzz_plugin_program}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/bin
  COMMAND ${CMAKE_C_COMPILER} -fsanitize=fuzzer,address,undefined -rdynamic
    -o ${fuzz_plugin_program} ${fuzz_plugin_library} -ldl
  DEPENDS ${fuzz_plugin_library} VERBATIM)
add_custom_target(plugin-fuzzer DEPENDS ${fuzz_plugin_library} ${fuzz_plugin_program})
add_custom_target(fuzz_plugin_archive DEPENDS ${fuzz_plugin_library})

# The targets fuzz-plugin and fuzz-driver and their planted bugs are drivers linked as a user links one.
function(virtspec_fuzz_plugin_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ${fuzz_plugin_library} ${VIRTSPEC_FUZZ_ENGINE}
    -fsanitize=${VIRTSPEC_SANITIZE} ${CMAKE_DL_LIBS})
  add_dependencies(${name} fuzz_plugin_archive)
endfunction()
