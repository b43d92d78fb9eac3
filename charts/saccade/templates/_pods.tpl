{{/* Parts of pods that several components share. */}}

{{/* Neither root nor a right of the kernel. */}}
{{- define "saccade.centralPodSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "saccade.centralContainerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* (list . .Values.engine "engine") */}}
{{- define "saccade.scheduling" -}}
{{- $root := index . 0 -}}{{- $pod := index . 1 -}}{{- $component := index . 2 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pod.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and $root.Values.availability.spreadOverZones (has $component (list "engine" "notify" "name" "record" "console")) }}
topologySpreadConstraints:
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "saccade.selector" (list $root $component) | nindent 8 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "saccade.podMetadata" -}}
{{- $root := index . 0 -}}{{- $pod := index . 1 -}}{{- $component := index . 2 -}}{{- $config := index . 3 -}}
labels:
  {{- include "saccade.selector" (list $root $component) | nindent 2 }}
  app.kubernetes.io/part-of: saccade
{{- with $pod.podLabels }}{{ toYaml . | nindent 2 }}{{- end }}
annotations:
  # Another configuration makes another pod; rules are taken without.
  checksum/config: {{ $config | sha256sum }}
{{- with $pod.podAnnotations }}{{ toYaml . | nindent 2 }}{{- end }}
{{- end -}}

{{- define "saccade.nodeEnv" -}}
- name: SACCADE_NODE
  valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
{{- end -}}

{{- define "saccade.kafkaVolumes" -}}
{{- if ne .Values.profile "small" }}
{{- with .Values.kafka.tls }}
{{- if and .enabled .secretName }}
- name: kafka-tls
  secret: { secretName: {{ .secretName }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- with .Values.kafka.sasl }}
{{- if and .mechanism (ne .mechanism "aws-msk-iam") }}
- name: kafka-sasl
  secret: { secretName: {{ required "kafka.sasl.secretName" .secretName }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "saccade.kafkaMounts" -}}
{{- if ne .Values.profile "small" }}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.secretName }}
- { name: kafka-tls, mountPath: /etc/saccade/kafka-tls, readOnly: true }
{{- end }}
{{- if and .Values.kafka.sasl.mechanism (ne .Values.kafka.sasl.mechanism "aws-msk-iam") }}
- { name: kafka-sasl, mountPath: /etc/saccade/kafka-sasl, readOnly: true }
{{- end }}
{{- end }}
{{- end -}}

{{- define "saccade.captureVolumes" -}}
{{- with .Values.captures.s3 }}
{{- if and .bucket .secretName }}
- name: captures-s3
  secret: { secretName: {{ .secretName }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- end -}}

{{- define "saccade.captureMounts" -}}
{{- if and .Values.captures.s3.bucket .Values.captures.s3.secretName }}
- { name: captures-s3, mountPath: /etc/saccade/captures-s3, readOnly: true }
{{- end }}
{{- end -}}

{{- define "saccade.postgresVolume" -}}
- name: postgres
  secret: { secretName: {{ .Values.postgres.secretName }}, defaultMode: 0440 }
{{- end -}}

{{- define "saccade.postgresMount" -}}
- { name: postgres, mountPath: /etc/saccade/postgres, readOnly: true }
{{- end -}}

{{- define "saccade.consoleTokenVolume" -}}
- name: console
  secret: { secretName: {{ include "saccade.consoleSecret" . }}, defaultMode: 0440 }
{{- end -}}

{{- define "saccade.consoleTokenMount" -}}
- { name: console, mountPath: /etc/saccade/console, readOnly: true }
{{- end -}}

{{/* What receivers and console have in common: your secrets, files of captures, the history. */}}
{{- define "saccade.sharedVolumes" -}}
{{- range $name, $secret := .Values.secrets }}
- name: secret-{{ $name }}
  secret: { secretName: {{ $secret }}, defaultMode: 0440 }
{{- end }}
{{ include "saccade.captureVolumes" . | trim }}
{{- if .Values.postgres.secretName }}
{{ include "saccade.postgresVolume" . }}
{{- end }}
{{- end -}}

{{- define "saccade.sharedMounts" -}}
{{- range $name, $secret := .Values.secrets }}
- { name: secret-{{ $name }}, mountPath: /etc/saccade/secrets/{{ $name }}, readOnly: true }
{{- end }}
{{ include "saccade.captureMounts" . | trim }}
{{- if .Values.postgres.secretName }}
{{ include "saccade.postgresMount" . }}
{{- end }}
{{- end -}}

{{/* Of the pod that has receivers, and the console unless that is apart. */}}
{{- define "saccade.keeperVolumes" -}}
{{- if and .Values.console.enabled (not (include "saccade.consoleApart" .)) }}
{{ include "saccade.consoleTokenVolume" . }}
{{- end }}
{{ include "saccade.sharedVolumes" . | trim }}
{{- end -}}

{{- define "saccade.keeperMounts" -}}
{{- if and .Values.console.enabled (not (include "saccade.consoleApart" .)) }}
{{ include "saccade.consoleTokenMount" . }}
{{- end }}
{{ include "saccade.sharedMounts" . | trim }}
{{- end -}}

{{/* The process answers while its stages move; a start may wait long for a broker. */}}
{{- define "saccade.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 2
  failureThreshold: 300
livenessProbe:
  httpGet: { path: /healthz, port: metrics }
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 20
{{- end -}}
