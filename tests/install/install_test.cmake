# Installs a build into an empty folder, builds tests/install against it alone, and runs what came out.
#
# usage: cmake -D BUILD_DIR=... -D SOURCE_DIR=... -D WORK_DIR=... -D VERSION=... -D PROGRAM=0|1
#              -D MANUAL=0|1 -P install_test.cmake
cmake_minimum_required(VERSION 3.22)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status STREQUAL "0")
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_file pattern)
  file(GLOB found ${prefix}/${pattern})
  if(NOT found)
    message(FATAL_ERROR "not installed: ${pattern}")
  endif()
endfunction()

set(prefix ${WORK_DIR}/prefix)
file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
expect_file(include/carbontracker/units.h)
expect_file(lib*/cmake/carbontracker/carbontrackerConfig.cmake)

# The folder is moved first, so that a path baked into the package would be noticed.
file(RENAME ${prefix} ${WORK_DIR}/moved)
set(prefix ${WORK_DIR}/moved)
run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/install -B ${WORK_DIR}/build -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${WORK_DIR}/build/consumer)
message(STATUS "consumer: ${output}")

if(PROGRAM)
  run(${prefix}/bin/carbontracker --version)
  if(NOT output MATCHES "${VERSION}")
    message(FATAL_ERROR "carbontracker --version printed: ${output}")
  endif()
endif()
if(MANUAL)
  foreach(file man/man1/carbontracker.1 bash-completion/completions/carbontracker zsh/site-functions/_carbontracker
          fish/vendor_completions.d/carbontracker.fish)
    expect_file(share/${file})
  endforeach()
endif()
