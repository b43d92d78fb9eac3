/** The endpoints of the Service of the API servers, which they keep themselves, by their leases. */
export const ownSlicePath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
