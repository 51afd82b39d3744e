set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_OPTIMIZE_DEPENDENCIES ON)  # a static library waits for no other to be archived

option(CARBONTRACKER_TESTS "Build the tests" ON)
option(CARBONTRACKER_BENCH "Build the benchmarks" OFF)
option(CARBONTRACKER_PYTHON "Build the Python package's binding (needs nanobind in the Python found)" OFF)
option(CARBONTRACKER_WERROR "Warnings are errors" OFF)
option(CARBONTRACKER_TIDY "Run clang-tidy on every source as it compiles" OFF)
option(CARBONTRACKER_LTO "Optimise across files when linking" OFF)
set(CARBONTRACKER_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# GCC 12 warns of overlapping copies in std::string's own operator+ (GCC bug 105329).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers)
if(CARBONTRACKER_WERROR)
  add_compile_options(-Werror)
endif()
if(CARBONTRACKER_SANITIZE)
  add_compile_options(-fsanitize=${CARBONTRACKER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CARBONTRACKER_SANITIZE})
endif()

# -O3 makes the program larger and no faster: it starts, waits and reads files.
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
if(CARBONTRACKER_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
if(CARBONTRACKER_TIDY)
  find_program(CLANG_TIDY_PROGRAM NAMES clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY_PROGRAM} --quiet)
endif()

# ccache is used where it works: it needs a folder to write to, and a user without a home has none.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  file(WRITE ${CMAKE_BINARY_DIR}/ccache_probe.cpp "int probe;\n")
  execute_process(COMMAND ${CCACHE_PROGRAM} ${CMAKE_CXX_COMPILER} -c ccache_probe.cpp -o ccache_probe.o
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR} RESULT_VARIABLE ccache_fails OUTPUT_QUIET ERROR_QUIET)
endif()
if(CCACHE_PROGRAM AND NOT ccache_fails)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
