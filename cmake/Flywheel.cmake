# All build flags and the one helper that declares a folder: flywheel_library, flywheel_executable
# and flywheel_test. Folders say what they hold and what they depend on, nothing else.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(FLYWHEEL_WITH_TORCH "Build the LibTorch model and the tasks that run it" ON)
option(FLYWHEEL_BUILD_TESTS "Build the tests" ON)
option(FLYWHEEL_FAULT_POINTS "Programs whose writes, fsyncs, renames, commits and calls can fail" OFF)
option(FLYWHEEL_FUZZ "Targets of libFuzzer; needs Clang, see scripts/fuzz" OFF)
set(FLYWHEEL_SANITIZE "" CACHE STRING "Sanitizers for everything, such as address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppiness as precompiled headers need it; see ccache's manual, "Precompiled headers".
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

# Flags of every target of ours; third-party headers come as SYSTEM and stay quiet. Warnings are
# errors but under sanitizers, whose instrumentation makes GCC 12 warn of what is not there.
add_library(flywheel_flags INTERFACE)
set(warnings_are_errors -Werror)
if(FLYWHEEL_SANITIZE)
  set(warnings_are_errors)
endif()
target_compile_options(flywheel_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       ${warnings_are_errors} -fno-math-errno)
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  target_link_options(flywheel_flags INTERFACE -fuse-ld=mold)
endif()
target_include_directories(flywheel_flags INTERFACE ${CMAKE_SOURCE_DIR})
if(FLYWHEEL_SANITIZE)
  add_compile_options(-fsanitize=${FLYWHEEL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FLYWHEEL_SANITIZE})
  if(FLYWHEEL_SANITIZE MATCHES thread)
    # Asio's fences, which GCC warns that TSan does not see; its queues are locked all the same.
    add_compile_options(-Wno-tsan)
    # Under this macro protobuf's map_field.h gives a class another layout than Debian's library has.
    add_compile_options(-U__SANITIZE_THREAD__)
    add_compile_definitions(FLYWHEEL_TSAN)
  endif()
endif()

# flywheel_library(NAME SOURCES a.cc b.cc [DEPS target...] [PRIVATE_DEPS target...])
function(flywheel_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE flywheel_flags ${ARG_PRIVATE_DEPS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# flywheel_faults(NAME SOURCES a.cc [DEPS target...]): what takes the place of files of a folder's
# library in programs with fault points. Objects come before libraries, so the linker never looks for
# the replaced files; nothing is compiled twice.
function(flywheel_faults name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE flywheel_flags ${ARG_DEPS})
endfunction()

# flywheel_executable(NAME SOURCES main.cc [DEPS target...] [FAULTS target...]): lands in
# build/<preset>/bin. FAULTS: what it takes besides flywheel_base_faults to have fault points.
function(flywheel_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;FAULTS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} flywheel_flags)
  set_target_properties(${name} PROPERTIES FLYWHEEL_FAULTS "flywheel_base_faults;${ARG_FAULTS}")
  if(FLYWHEEL_FAULT_POINTS)
    target_link_libraries(${name} PRIVATE flywheel_base_faults ${ARG_FAULTS})
  endif()
endfunction()

# flywheel_faulty_program(NAME): the executable NAME once more, with fault points, in
# build/<preset>/faulty under the same name; its target is NAME_faulty.
function(flywheel_faulty_program name)
  get_target_property(libraries ${name} LINK_LIBRARIES)
  set(faults)
  if(NOT FLYWHEEL_FAULT_POINTS)  # else it has them already
    get_target_property(faults ${name} FLYWHEEL_FAULTS)
  endif()
  add_executable(${name}_faulty $<TARGET_OBJECTS:${name}>)
  target_link_libraries(${name}_faulty PRIVATE ${faults} ${libraries})
  set_target_properties(${name}_faulty PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/faulty)
endfunction()

# flywheel_test(NAME SOURCES a_test.cc [DEPS target...] [LABELS label...] [TIMEOUT seconds]
#               [ONE_PROCESS]): a Catch2 program. Each test case is a ctest of its own, or with
# ONE_PROCESS the whole program is one.
function(flywheel_test name)
  cmake_parse_arguments(ARG "ONE_PROCESS" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT FLYWHEEL_BUILD_TESTS)
    return()
  endif()
  # The folder below tests/ is a label: `ctest -L unit/core`.
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  list(APPEND ARG_LABELS ${folder})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} flywheel_catch_main flywheel_flags)
  set(environment "FLYWHEEL_SOURCE_DIR=${CMAKE_SOURCE_DIR};FLYWHEEL_BIN_DIR=${CMAKE_BINARY_DIR}/bin")
  if(ARG_ONE_PROCESS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
                         ENVIRONMENT "${environment}")
    return()
  endif()
  catch_discover_tests(${name} TEST_PREFIX "${name}: ")
  # Properties with lists in them do not survive catch_discover_tests: they are set when ctest reads
  # the tests.
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${name}_properties.cmake)
  file(WRITE ${file} "if(NOT \"\${${name}_TESTS}\" STREQUAL \"\")\n"
       "  set_tests_properties(\${${name}_TESTS} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "
       "\"${ARG_LABELS}\" ENVIRONMENT \"${environment}\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${file})
endfunction()
