# Tests that need no test program: the layers of the source tree, and the installed tree.
if(CARBONTRACKER_TESTS)
  add_test(NAME layers COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_layers.py ${CMAKE_SOURCE_DIR})
endif()

# A sanitized library cannot be linked by a stranger's program, so only an ordinary build is installed.
if(NOT CARBONTRACKER_SANITIZE)
  foreach(part carbontracker manual)
    set(has_${part} 0)
    if(TARGET ${part})
      set(has_${part} 1)
    endif()
  endforeach()
  add_test(NAME install COMMAND ${CMAKE_COMMAND} -D BUILD_DIR=${CMAKE_BINARY_DIR} -D SOURCE_DIR=${CMAKE_SOURCE_DIR}
    -D WORK_DIR=${CMAKE_BINARY_DIR}/install-test -D VERSION=${PROJECT_VERSION} -D PROGRAM=${has_carbontracker}
    -D MANUAL=${has_manual} -P ${CMAKE_SOURCE_DIR}/tests/install/install_test.cmake)
  set_tests_properties(install PROPERTIES TIMEOUT 300)
endif()
