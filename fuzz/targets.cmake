# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets, and copies of them with a planted bug each.

if(NOT VIRTSPEC_FUZZ_ENGINE AND NOT BUILD_TESTING)
  return()
endif()

set(fuzz_support ${PROJECT_SOURCE_DIR}/fuzz/support)
file(GLOB fuzz_shared CONFIGURE_DEPENDS ${fuzz_support}/*.c ${PROJECT_SOURCE_DIR}/fuzz/plugin/*.c)
if(VIRTSPEC_FUZZ_ENGINE)
  list(REMOVE_ITEM fuzz_shared ${fuzz_support}/main.c)
else()
  list(REMOVE_ITEM fuzz_shared ${fuzz_support}/engine.c)
endif()

# An engine is told of what is examined, not of what examines: comparisons and branches of oracles and
# second models would lead it astray, and cost more than all the rest. Their own mistakes show where
# the same files are replayed under all sanitizers (preset san).
set(fuzz_examiner "")
if(VIRTSPEC_FUZZ_ENGINE)
  set(fuzz_examiner -fno-sanitize=undefined
    -fno-sanitize-coverage=trace-cmp,indirect-calls,inline-8bit-counters,pc-table)
  # Of the comparisons in a ring most are UBSan's, no constants are to be guessed there, and telling
  # of each takes most of the time.
  foreach(room vs_driver vs_bus)
    target_compile_options(${room} PRIVATE
      -fno-sanitize-coverage=trace-cmp,indirect-calls)
  endforeach()
endif()
set_source_files_properties(${fuzz_shared} PROPERTIES COMPILE_OPTIONS "${fuzz_examiner}")
# Mutation takes a part of every execution, and the capability parser's second self more than itself.
if(VIRTSPEC_FUZZ_ENGINE)
  set_source_files_properties(${fuzz_support}/mutate.c ${fuzz_support}/engine.c
    ${fuzz_support}/second_caps.c PROPERTIES COMPILE_OPTIONS -fno-sanitize=all)
endif()

# An archive, so that a target holds the code that it calls and no other: after each execution an
# engine looks through the counters of all code that is there.
add_library(fuzz_rooms STATIC EXCLUDE_FROM_ALL ${fuzz_shared} ${virtspec_objects})
target_link_libraries(fuzz_rooms PUBLIC virtspec_options)
add_dependencies(fuzz_rooms virtspec_rule_ids)

# Which numbers the mock compares with which does not steer an engine, whose records are full of
# them already, and telling it takes a third of the time of an execution.
if(VIRTSPEC_FUZZ_ENGINE)
  foreach(room mock_model mock_class)
    target_compile_options(${room} PRIVATE -fno-sanitize-coverage=trace-cmp)
  endforeach()
endif()

# fuzz/targets/NAME.c as an object, and what it wants linked as a whole, because it is found through
# a registry: a line "Rooms: vs_monitor mock_class" in the comment at its top.
function(virtspec_fuzz_target name source)
  add_library(fuzz_target_${name} OBJECT ${source})
  # The engine refuses to run where there is nothing at all to be covered.
  if(NOT name STREQUAL "empty")
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${fuzz_examiner}")
  endif()
  target_link_libraries(fuzz_target_${name} PRIVATE virtspec_options)
  add_dependencies(fuzz_target_${name} virtspec_rule_ids)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} rooms REGEX "^ \\* Rooms: " LIMIT_COUNT 1)
  string(REPLACE " * Rooms: " "" rooms "${rooms}")
  separate_arguments(rooms UNIX_COMMAND "${rooms}")
  set(objects "")
  foreach(room ${rooms})
    list(APPEND objects $<TARGET_OBJECTS:${room}>)
  endforeach()
  set_target_properties(fuzz_target_${name} PROPERTIES VIRTSPEC_WHOLE "${objects}")
endfunction()

# A program of a target. A patched object comes before the archive, and so instead of what is there.
function(virtspec_fuzz_program name target without)
  if(VIRTSPEC_FUZZ_ENGINE AND target STREQUAL "driver")
    set(whole $<TARGET_OBJECTS:vs_reference>)
    if(without)
      string(REPLACE "." "\\." pattern "/${without}.o$")
      set(whole "$<FILTER:${whole},EXCLUDE,${pattern}>")
    endif()
    virtspec_fuzz_plugin_program(${name} ${ARGN} "${whole}")
    target_link_libraries(${name} PRIVATE fuzz_rooms)
    return()
  endif()
  if(VIRTSPEC_FUZZ_ENGINE AND target STREQUAL "plugin")
    if(NOT without)
      set(ARGN $<TARGET_OBJECTS:fuzz_plugin_example>)
    endif()
    virtspec_fuzz_plugin_program(${name} ${ARGN})
    return()
  endif()
  get_target_property(whole fuzz_target_${target} VIRTSPEC_WHOLE)
  if(without)
    string(REPLACE "." "\\." pattern "/${without}.o$")
    set(whole "$<FILTER:${whole},EXCLUDE,${pattern}>")
  endif()
  add_executable(${name} $<TARGET_OBJECTS:fuzz_target_${target}> ${ARGN} "${whole}")
  target_link_libraries(${name} PRIVATE fuzz_rooms ${VIRTSPEC_FUZZ_ENGINE} ${CMAKE_DL_LIBS})
endfunction()

file(GLOB fuzz_targets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/targets/*.c)
foreach(source ${fuzz_targets})
  get_filename_component(name ${source} NAME_WE)
  virtspec_fuzz_target(${name} ${source})
  virtspec_fuzz_program(fuzz-${name} ${name} "")
  set_target_properties(fuzz-${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(BUILD_TESTING)
    file(GLOB folders LIST_DIRECTORIES true CONFIGURE_DEPENDS
      ${PROJECT_SOURCE_DIR}/corpus/${name}/*)
    add_test(NAME fuzz.${name} COMMAND fuzz-${name} ${folders})
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 60 LABELS fuzz)
  endif()
endforeach()

# Planted bugs: fuzz/planted/NAME.patch becomes planted/NAME, the target that its head names with the
# one patched file in place of the right one. With an engine they are made on demand (cmake --build …
# --target planted) and searched (ci/find-planted); without one, what was found once is replayed, and
# has to be found again.
if(VIRTSPEC_SANITIZE)
  add_custom_target(planted)
  file(GLOB patches CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/planted/*.patch)
  foreach(patch ${patches})
    get_filename_component(name ${patch} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
    file(STRINGS ${patch} target REGEX "^Target: " LIMIT_COUNT 1)
    file(STRINGS ${patch} file REGEX "^\\+\\+\\+ b/" LIMIT_COUNT 1)
    file(STRINGS ${patch} oracle REGEX "^Oracle: " LIMIT_COUNT 1)
    string(REPLACE "Target: " "" target "${target}")
    string(REPLACE "Oracle: " "" oracle "${oracle}")
    string(REPLACE "+++ b/" "" file "${file}")
    get_filename_component(base ${file} NAME)
    set(folder ${PROJECT_BINARY_DIR}/planted/source/${name})
    add_custom_command(OUTPUT ${folder}/${base}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
      COMMAND patch --quiet --force --output=${folder}/${base} ${PROJECT_SOURCE_DIR}/${file}
        ${patch}
      DEPENDS ${patch} ${PROJECT_SOURCE_DIR}/${file}
      VERBATIM)
    add_library(planted_object_${name} OBJECT EXCLUDE_FROM_ALL ${folder}/${base})
    target_link_libraries(planted_object_${name} PRIVATE virtspec_options)
    target_compile_options(planted_object_${name} PRIVATE -w) # some bugs a compiler would see
    add_dependencies(planted_object_${name} virtspec_rule_ids)
    if(file MATCHES "^drivers/example/")
      target_include_directories(planted_object_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
      target_compile_options(planted_object_${name} PRIVATE ${fuzz_plugin_loads})
    endif()
    virtspec_fuzz_program(planted-${name} ${target} ${file}
      $<TARGET_OBJECTS:planted_object_${name}>)
    set_target_properties(planted-${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/planted OUTPUT_NAME ${name})
    add_dependencies(planted planted-${name})
    if(BUILD_TESTING)
      add_test(NAME planted.${name}
        COMMAND planted-${name} ${PROJECT_SOURCE_DIR}/corpus/${target}/planted/${name})
      set_tests_properties(planted.${name} PROPERTIES TIMEOUT 60 LABELS planted
        PASS_REGULAR_EXPRESSION "(${oracle})" FAIL_REGULAR_EXPRESSION "no complaint")
    else()
      set_target_properties(planted-${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
  endforeach()
endif()
